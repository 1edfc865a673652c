"""What onboarding is told by its environment."""

from shared.runtime.settings import PostgresSettings


class OnboardingSettings(PostgresSettings):
    """Public keys of the readers for whom secrets are boxed; nothing here can open one."""

    notify_public_key: str
    ingest_public_key: str
