"""A mail reaches a mail server as it was meant; settings that cannot work are refused at the start."""

import asyncio
import email
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import Message

import pytest
from pydantic import ValidationError

from services.onboarding.accounts.mail import SmtpMailer, SmtpServer
from services.onboarding.settings import OnboardingSettings
from shared.runtime.security.sealing import to_base64url
from shared.runtime.settings import Profile

KEYS: dict[str, object] = {
    "reader_keys": f"o1:{to_base64url(bytes(range(32)))}",
    "notify_public_key": f"n1:{to_base64url(bytes(range(32)))}",
    "ingest_public_key": f"g1:{to_base64url(bytes(range(32)))}",
    "sources_public_key": f"g1:{to_base64url(bytes(range(32)))}",
    "public_ingest": "https://in.example",
    "public_notify": "https://go.example",
    "public_console": "https://console.example",
    "kafka": "nowhere:1",
    "metrics_port": 0,
    "postgres": "postgresql:///x",
}
WHOLE: dict[str, object] = {
    "smtp_host": "mail.example",
    "smtp_from": "beckon@shop.example",
}


@asynccontextmanager
async def a_mail_server(taken: list[tuple[str, bytes]]) -> AsyncIterator[int]:
    """Speaks as much of SMTP (RFC 5321) as one mail needs."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        recipient = ""
        writer.write(b"220 here\r\n")
        while line := (await reader.readline()).decode():
            match line[:4].upper():
                case "DATA":
                    writer.write(b"354 go on\r\n")
                    taken.append((recipient, await reader.readuntil(b"\r\n.\r\n")))
                    writer.write(b"250 taken\r\n")
                case "RCPT":
                    recipient = line.split("<")[1].split(">")[0]
                    writer.write(b"250 ok\r\n")
                case "QUIT":
                    writer.write(b"221 bye\r\n")
                    writer.close()
                    return
                case _:
                    writer.write(b"250 ok\r\n")

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize("address", ["=@[.<", ".:@\\<", '"\0"@x', '":!-_@<;', "(._@.)<", "(:>\\@)_?<", "a@b\r\nBcc: c@d"])
async def test_an_address_that_no_header_can_hold_is_refused_as_such(address: str) -> None:
    """A stranger may have signed up by it: whatever else were raised would end the loop that mails."""
    server = SmtpServer(host="127.0.0.1", port=1, tls="none", sender="beckon@shop.example")

    with pytest.raises((ValueError, OSError)):
        await SmtpMailer(server).send(address, "A new password", "Here")


async def test_a_mail_arrives_with_its_link() -> None:
    taken: list[tuple[str, bytes]] = []
    async with a_mail_server(taken) as port:
        server = SmtpServer(host="127.0.0.1", port=port, tls="none", sender="beckon@shop.example")
        await SmtpMailer(server).send("anna@shop.example", "A new password", "Here:\nhttps://console.example/reset/" + 43 * "x")

    [(recipient, body)] = taken
    message: Message = email.message_from_bytes(body)
    assert (recipient, message["To"], message["From"]) == ("anna@shop.example", "anna@shop.example", "beckon@shop.example")
    assert "https://console.example/reset/" + 43 * "x" in body.decode()


async def test_a_server_that_is_away_is_an_error_that_is_expected() -> None:
    server = SmtpServer(host="127.0.0.1", port=1, tls="none", sender="beckon@shop.example")

    with pytest.raises(OSError):
        await SmtpMailer(server).send("anna@shop.example", "A new password", "Here")


def test_without_a_server_there_is_no_mail_and_with_one_there_is() -> None:
    without, complete = OnboardingSettings.model_validate(KEYS), OnboardingSettings.model_validate(KEYS | WHOLE)

    assert without.smtp_server is None
    assert complete.smtp_server == SmtpServer(host="mail.example", port=587, tls="starttls", sender="beckon@shop.example")


@pytest.mark.parametrize("change", [{"smtp_from": ""}, {"public_console": ""}, {"smtp_tls": "none"}, {"smtp_port": 0}])
def test_mail_that_could_not_go_or_could_be_read_on_its_way_is_refused_at_the_start(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        OnboardingSettings.model_validate(KEYS | WHOLE | change | {"profile": Profile.PRODUCTION})
