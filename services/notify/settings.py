"""The settings of notify, read from the environment."""

from typing import ClassVar, Self

from pydantic import Field, SecretStr, model_validator

from services.notify.channels.sms.twilio import API
from shared.runtime.budget_settings import BudgetSettings
from shared.runtime.security.key_settings import PublicKeyText, ReaderKeysText
from shared.runtime.security.setting_rules import is_weak_key
from shared.runtime.settings import Profile


class NotifySettings(BudgetSettings):
    """``reader_keys`` open contacts and senders; ``link_key`` signs callback addresses: its first key signs, any is taken.

    Both are secrets of notify alone.

    ``console_public_key`` seals what shoppers write, which the console alone opens.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"public_ingest", "public_notify"})

    reader_keys: ReaderKeysText
    link_key: SecretStr
    console_public_key: PublicKeyText
    twilio_api: str = API
    give_up_seconds: float = Field(default=3600.0, gt=0)
    sms_per_second: float = Field(default=1.0, gt=0)
    sms_burst: int = Field(default=5, ge=1)
    push_per_second: float = Field(default=100.0, gt=0)
    push_burst: int = Field(default=200, ge=1)
    push_services: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _carriers_and_shoppers_can_reach_us(self) -> Self:
        if not self.public_notify.startswith(("http://", "https://")):
            raise ValueError("public_notify is in every message: it needs the address that phones and carriers can reach")
        return self

    @model_validator(mode="after")
    def _only_the_demo_talks_to_another_carrier(self) -> Self:
        if self.profile is not Profile.DEMO and self.twilio_api != API:
            raise ValueError("twilio_api may stand for the carrier in the demo alone")
        if self.profile is not Profile.DEMO and self.push_services:
            raise ValueError("push_services may stand for push services in the demo alone")
        return self

    def _faults_in_production(self) -> list[str]:
        weak = any(is_weak_key(part.strip()) for part in self.link_key.get_secret_value().split(","))
        fault = (
            "BECKON_LINK_KEY is no random key of 32 bytes in base64url, or one of several between commas is none: "
            "who guesses it reports on attempts in a carrier's name"
        )
        return super()._faults_in_production() + ([fault] if weak else [])

    @property
    def push_subject(self) -> str:
        """The contact for push services (RFC 8292, 2.1): our public address, where it is one."""
        return self.public_notify if self.public_notify.startswith("https://") else "mailto:operator@beckon.example"
