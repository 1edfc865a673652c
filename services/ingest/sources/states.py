"""The states of a connected source: how its last poll ended, as a merchant reads it on the set-up page. Pure."""

from datetime import timedelta
from enum import StrEnum

THROTTLED_FOR = timedelta(seconds=300)
"""What Nexternal's public client waits after "An excessive number of"."""
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(minutes=30)
MOST_DOUBLINGS = 10


class SourceState(StrEnum):
    """``refused_…`` names what the back office has against the credentials."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    THROTTLED = "throttled"
    REFUSED_CREDENTIALS = "refused_credentials"
    REFUSED_ACCOUNT = "refused_account"
    REFUSED_PASSWORD = "refused_password"  # noqa: S105 - the name of a state
    REFUSED_KEY = "refused_key"
    REFUSED_TEST = "refused_test"
    REFUSED_MEMORANDUM = "refused_memorandum"
    REFUSED_PRIVILEGE = "refused_privilege"
    BROKEN = "broken"
    CONTRADICTORY = "contradictory"
    SLOW = "slow"
    UNREACHABLE = "unreachable"
    UNREADABLE_SECRET = "unreadable_secret"  # noqa: S105 - the name of a state

    @property
    def is_refusal(self) -> bool:
        """Whether only the merchant can end it."""
        return self.value.startswith("refused_")


class PollFailed(Exception):
    """Raised where a poll cannot be whole. It has the state that this is, and nothing of the reply."""

    def __init__(self, state: SourceState) -> None:
        super().__init__(state.value)
        self.state = state


def retry_after(state: SourceState, failures: int) -> timedelta:
    """The wait before the next poll after the ``failures``-th failed one in a row, counted from 1."""
    if state is SourceState.THROTTLED:
        return THROTTLED_FOR
    return min(FIRST_RETRY * (1 << min(failures - 1, MOST_DOUBLINGS)), LONGEST_RETRY)
