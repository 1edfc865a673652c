"""What nobody outside of Nexternal has documented, as the simulator's own configuration: a test sets it, nothing assumes it."""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

MOST_CUSTOM_FIELDS = 6
CARD_CANARY = "4539578763621486"
"""A made-up card number that passes the check digit. It stands in replies as a real one would, and must appear nowhere else."""


class Origin(StrEnum):
    """How an order was born."""

    ONLINE = "online"
    STAFF = "staff"
    CLUB = "club"
    IMPORT = "import"


class CredentialStyle(StrEnum):
    """What a query proves itself with: the active key of the XML test, or user name and password each time."""

    KEY = "key"
    PASSWORD = "password"  # noqa: S105 - the name of a style


class Options(BaseModel):
    """The spellings and habits of one account."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    time_zone: str = "America/New_York"
    """In which times without a zone are meant."""
    page_size: PositiveInt = 50
    """Orders, customers or products in a reply."""
    key_type: Literal["Node", "Attribute"] = "Node"
    """Where the XML test wants its key."""
    credential_styles: frozenset[CredentialStyle] = frozenset(CredentialStyle)
    """Which are accepted. Without ``key`` the test's end returns the user's name instead of an active key."""
    error_element: Literal["Error", "Errors"] = "Error"
    """How a reply spells that it is an error."""
    order_carries_email: bool = False
    """Whether an order's customer has an e-mail address there, or only in the reply to CustomerQuery."""
    placed_by: dict[Origin, str] = Field(
        default_factory=lambda: {
            Origin.ONLINE: "Customer",
            Origin.STAFF: "Internal",
            Origin.CLUB: "Club",
            Origin.IMPORT: "XML Tools",
        }
    )
    """What stands in ``PlacedBy``."""
    yes: str = "Yes"
    no: str = "No"
    """What a yes/no custom field holds."""
    card_number: str = CARD_CANARY
    """The number of the card with which online orders are paid, and which customers have saved."""
    prevent_duplicate_email: bool = True
    """Whether a second customer with the same e-mail address is refused."""
    requests_per_minute: PositiveInt | None = None
    """How many requests are answered; more than that are excessive."""
