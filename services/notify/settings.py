"""What notify is told by its environment."""

from typing import Self

from pydantic import SecretStr, model_validator

from services.notify.carriers.twilio import API
from shared.runtime.settings import PostgresSettings, Profile


class NotifySettings(PostgresSettings):
    """``reader_keys`` open contacts and senders; ``link_key`` signs callback addresses. Both are secrets of notify alone."""

    reader_keys: SecretStr
    link_key: SecretStr
    twilio_api: str = API
    give_up_seconds: float = 3600.0

    @model_validator(mode="after")
    def _only_the_demo_talks_to_another_carrier(self) -> Self:
        if self.profile is not Profile.DEMO and self.twilio_api != API:
            raise ValueError("twilio_api may stand for the carrier in the demo alone")
        return self
