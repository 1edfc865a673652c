"""A mail server that keeps what it gets."""


class Outbox:
    """Takes every mail."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str, str]] = []

    async def send(self, to: str, subject: str, text: str) -> None:
        """Keep it."""
        self.mails.append((to, subject, text))
