"""The first connection of a process to its brokers: what keeps it from them is named, and what never passes ends it."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaError,
    KafkaTimeoutError,
    RequestTimedOutError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)

from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.service import WrongSetting
from shared.runtime.setting_names import PREFIX

PAUSE_SECONDS = 0.5
CHECK_SECONDS = 30.0

log = structlog.get_logger("reach")


async def until_reached(kafka: KafkaConnection, report: Callable[[str], None]) -> None:
    """Return once a broker takes us. ``report`` gets the cause of the wait, each time that it is another.

    Raises:
        WrongSetting: a broker refuses what the settings say, and no other takes it.
    """
    reported = None
    while (causes := await _causes(kafka)) is not None:
        if (cause := "; ".join(causes)) != reported:
            log.warning("kafka_unreachable", cause=cause)
            report(cause)
            reported = cause
        await asyncio.sleep(PAUSE_SECONDS)


@dataclass(frozen=True)
class BrokerChecks:
    """Connects anew now and then, and logs by the name of its setting what brokers refuse meanwhile.

    Clients keep the connections that they have: without this a password that was changed at the brokers alone is found out
    when the next of them restarts. Nothing is done about it, for a renewed file is read by the next connection.
    """

    kafka: KafkaConnection
    seconds: float = CHECK_SECONDS

    async def run(self) -> None:
        """Check until cancelled."""
        refused = None
        while True:
            await asyncio.sleep(self.seconds)
            before, refused = refused, await self._refused()
            if refused is not None:
                log.warning("kafka_refuses", cause=refused)
            elif before is not None:
                log.info("kafka_accepts_again")

    async def _refused(self) -> str | None:
        """What the brokers have against our settings now; None also where none answers."""
        try:
            await _causes(self.kafka)
        except WrongSetting as error:
            return str(error)
        except Exception as error:  # a file that is just being replaced, for instance
            log.warning("kafka_not_checked", error=type(error).__name__)
        return None


async def _causes(kafka: KafkaConnection) -> list[str] | None:
    """Why each broker cannot be reached; None when one can."""
    causes, refused = [], None
    for host, port in kafka.addresses():
        try:
            await kafka.connect_once(host, port)
        except (KafkaError, OSError, RuntimeError) as error:
            address = f"{host}:{port}"
            causes.append(_outage(error, address))
            refused = refused or _refusal(error, address, kafka)
        else:
            return None
    if refused is not None:
        raise WrongSetting(refused)
    return causes


def _refusal(error: Exception, address: str, kafka: KafkaConnection) -> str | None:
    """What a broker that answered has against our settings: with them no later attempt is another."""
    match error:
        case SaslAuthenticationFailed():
            return f"{PREFIX}KAFKA_USERNAME, {PREFIX}KAFKA_PASSWORD_FILE: {address} refuses them for {kafka.username}"
        case UnsupportedSaslMechanismError():
            return f"{PREFIX}KAFKA_USERNAME: {address} takes no SCRAM-SHA-512"
        case IllegalSaslStateError():
            return f"{PREFIX}KAFKA_USERNAME: {address} asks for no user; this is another of its listeners"
        case ssl.SSLCertVerificationError():
            return f"{PREFIX}KAFKA_CA_FILE: the certificate of {address} is not trusted ({error.verify_message})"
        case _:
            return None


def _outage(error: Exception, address: str) -> str:
    """What keeps us from a broker now, and may pass."""
    match error:
        case socket.gaierror():
            return f"the name of {address} does not resolve"
        case TimeoutError() | KafkaTimeoutError() | RequestTimedOutError():
            return f"{address} does not answer"
        case ssl.SSLError():
            return f"{address} does not speak TLS as we do ({error.reason})"
        case ConnectionRefusedError():
            return f"{address} takes no connections"
        case OSError() if not isinstance(error, ConnectionResetError):
            return f"{address}: {error.strerror or error}"
        case _:
            return f"{address} closes the connection: perhaps it asks for TLS, a certificate or a user, or speaks no TLS"
