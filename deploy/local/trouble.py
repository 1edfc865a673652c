"""What went wrong, in one line, with what to do about it."""


class Trouble(Exception):
    """Shown to the user as it stands, without a traceback."""
