"""The environment of the sources of orders."""

from typing import Self

from pydantic import Field, model_validator

from shared.runtime.security.key_settings import PublicKeyText, ReaderKeysText
from shared.runtime.settings import PostgresSettings, Profile

XML_TOOLS_HOST = "www.nexternal.com"
XML_TOOLS = f"https://{XML_TOOLS_HOST}"


class SourcesSettings(PostgresSettings):
    """``reader_keys`` hold ingest's, which opens the peppers, and the sources' own, which opens credentials.

    No merchant names a host: ``xml_tools`` is the one address of Nexternal's XML Tools, and another one in the demo alone.
    """

    reader_keys: ReaderKeysText
    notify_public_key: PublicKeyText
    xml_tools: str = XML_TOOLS
    poll_seconds: float = Field(default=600, ge=1, le=3600)

    @model_validator(mode="after")
    def _only_the_demo_polls_another_host(self) -> Self:
        if self.profile is not Profile.DEMO and self.xml_tools != XML_TOOLS:
            raise ValueError("xml_tools may stand for Nexternal in the demo alone")
        return self

    @property
    def instead(self) -> dict[str, str]:
        """The address that stands for a host, by host; empty outside the demo."""
        return {} if self.xml_tools == XML_TOOLS else {XML_TOOLS_HOST: self.xml_tools}
