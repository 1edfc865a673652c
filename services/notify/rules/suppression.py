"""The suppression of a recipient: set by a STOP or by the merchant, lifted by a later START."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Suppression:
    """Who suppressed a recipient of an account. A START does not lift what its merchant listed."""

    suppressed_at: datetime | None = None
    lifted_at: datetime | None = None
    by_merchant: bool = False

    @property
    def stands(self) -> bool:
        """Whether nothing goes there: after a merchant for good, after a shopper or a carrier until a START that is later."""
        if self.by_merchant:
            return True
        return self.suppressed_at is not None and (self.lifted_at is None or self.lifted_at <= self.suppressed_at)
