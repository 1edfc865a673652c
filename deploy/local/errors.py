"""Why a start ended early."""


class StartError(Exception):
    """What is wrong and what to do about it, in one line that is shown to the user as it stands."""


class Stopped(Exception):
    """Somebody asked us to stop while we were starting."""
