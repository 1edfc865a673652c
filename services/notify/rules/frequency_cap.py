"""The frequency cap: how many reminders a recipient may get from one account within 24 hours."""

LEGAL_CAP = 3
"""Florida (Stat. 501.059) and Oklahoma (OTSA, 2022): three in 24 hours. A number does not show where its phone is."""
NORTH_AMERICA = frozenset({"US", "CA"})


def is_over_cap(sent_in_a_day: int, own_cap: int, region: str | None) -> bool:
    """The merchant's own cap, and the law's where it may apply. What may have been sent counts as sent."""
    return sent_in_a_day >= (min(own_cap, LEGAL_CAP) if region in NORTH_AMERICA else own_cap)
