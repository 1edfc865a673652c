"""Settings of onboarding, from its environment."""

from typing import ClassVar, Literal, Self

from pydantic import Field, SecretStr, model_validator

from services.onboarding.accounts.mail import SmtpServer
from shared.runtime.budget_settings import BudgetSettings
from shared.runtime.security.key_settings import PublicKeyText, ReaderKeysText
from shared.runtime.settings import DatabaseCommandSettings, Profile


class OnboardingSettings(BudgetSettings):
    """Public keys of the readers for whom secrets are boxed; nothing here can open one.

    ``reader_keys`` are the console's own: they open what shoppers wrote, and the answers to requests for a person's data.

    Without ``smtp_host`` no mail is sent, and a forgotten password is replaced by the operator's command alone.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"public_ingest", "public_notify", "public_console"})

    reader_keys: ReaderKeysText
    notify_public_key: PublicKeyText
    ingest_public_key: PublicKeyText
    sources_public_key: PublicKeyText
    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65_535)
    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"
    smtp_from: str = ""
    smtp_user: str = ""
    smtp_password: SecretStr | None = None

    @model_validator(mode="after")
    def _mail_is_whole(self) -> Self:
        if not self.smtp_host:
            return self
        if "@" not in self.smtp_from or not self.public_console:
            raise ValueError("mail needs BECKON_SMTP_FROM, an e-mail address, and BECKON_PUBLIC_CONSOLE for its links")
        if self.smtp_tls == "none" and self.profile is Profile.PRODUCTION:
            raise ValueError("BECKON_SMTP_TLS is none: links by which passwords are replaced would be readable on their way")
        return self

    @property
    def smtp_server(self) -> SmtpServer | None:
        """The mail server, where there is one."""
        if not self.smtp_host:
            return None
        password = "" if self.smtp_password is None else self.smtp_password.get_secret_value()
        return SmtpServer(
            host=self.smtp_host,
            port=self.smtp_port,
            tls=self.smtp_tls,
            sender=self.smtp_from,
            user=self.smtp_user,
            password=password,
        )


class CommandSettings(DatabaseCommandSettings):
    """What a command about a merchant's account needs: the database and the console's address."""

    needs: ClassVar[frozenset[str]] = frozenset({"public_console"})
