"""What the shop sells."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

CURRENCY = "USD"


@dataclass(frozen=True)
class Good:
    """One thing on the shelf; ``price`` in cents."""

    id: str
    name: str
    kind: str
    origin: str
    price: int
    shape: str
    tint: str
    text: str

    @property
    def path(self) -> str:
        """Its page."""
        return f"/wines/{self.id}"

    @property
    def picture(self) -> str:
        """The address of its picture."""
        return f"/pictures/{self.id}.svg"


def load_goods() -> dict[str, Good]:
    """Everything, by id, in the order of the shelf."""
    data = tomllib.loads((Path(__file__).parent / "goods.toml").read_text("utf-8"))
    return {entry["id"]: Good(**entry) for entry in data["goods"]}


def decimal(cents: int) -> str:
    """``12990`` as ``129.90``: an amount for programs."""
    return f"{cents // 100}.{cents % 100:02}"


def price(cents: int) -> str:
    """``12990`` as ``$129.90``: how people are."""
    return f"${cents // 100:,}.{cents % 100:02}"
