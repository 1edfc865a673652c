"""The control group: people who would really have been messaged and are not, to tell what messages are worth."""

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

STANDS_FOR = timedelta(days=30)


def draws_control(account_id: UUID, recipient_index: str, now: datetime, share: float) -> bool:
    """A draw that a repeated ask on the same day repeats; once stored, the arm holds for 30 days."""
    digest = hashlib.sha256(f"{account_id}|{recipient_index}|{now:%Y-%m-%d}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64 < share
