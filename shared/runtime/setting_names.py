"""The names of all settings: a variable that nobody reads is a mistyped one, and is refused."""

import re
from collections.abc import Mapping
from difflib import get_close_matches

PREFIX = "BECKON_"
FROM_A_FILE = "_FILE"

COMMON = (
    *("PROFILE", "KAFKA", "POSTGRES", "LOG_LEVEL", "METRICS_HOST", "METRICS_PORT", "HTTP_HOST", "HTTP_PORT"),
    *("DRAIN_SECONDS", "KAFKA_CA_FILE", "KAFKA_CERT_FILE", "KAFKA_KEY_FILE", "KAFKA_USERNAME", "KAFKA_PASSWORD_FILE"),
    *("TRUSTED_PROXIES", "MOST_CONNECTIONS", "MOST_CONNECTIONS_PER_CLIENT"),
    *("PUBLIC_INGEST", "PUBLIC_NOTIFY", "PUBLIC_CONSOLE"),
)
INGEST = (
    *("READER_KEYS", "NOTIFY_PUBLIC_KEY", "SITE_EVENTS_PER_SECOND", "CLIENT_EVENTS_PER_SECOND", "CLIENT_ORDERS_PER_SECOND"),
    *("UNSIGNED_ORDERS_PER_MINUTE", "MOST_WAITING_RECORDS"),
)
SOURCES = ("READER_KEYS", "NOTIFY_PUBLIC_KEY", "XML_TOOLS", "POLL_SECONDS")
NOTIFY = (
    *("READER_KEYS", "LINK_KEY", "CONSOLE_PUBLIC_KEY", "TWILIO_API", "GIVE_UP_SECONDS", "SMS_PER_SECOND", "SMS_BURST"),
    *("QUESTIONS_PER_SITE_AND_DAY", "MESSAGES_PER_ACCOUNT_AND_DAY"),
    *("MOST_QUESTIONS_PER_SITE_AND_DAY", "MOST_MESSAGES_PER_ACCOUNT_AND_DAY"),
    *("PUSH_PER_SECOND", "PUSH_BURST", "PUSH_SERVICES"),
)
ONBOARDING = (
    *("READER_KEYS", "NOTIFY_PUBLIC_KEY", "INGEST_PUBLIC_KEY", "SOURCES_PUBLIC_KEY"),
    *("SMTP_HOST", "SMTP_PORT", "SMTP_TLS", "SMTP_FROM", "SMTP_USER", "SMTP_PASSWORD"),
)
COMMAND = (
    *("SOURCES_POSTGRES", "ORDERS_POSTGRES", "NOTIFY_POSTGRES", "ONBOARDING_POSTGRES", "SCRATCH_POSTGRES"),
    "INGEST_METRICS",
)
IMAGE = ("COMMIT",)
ONE_MACHINE = (
    *("BASE_PORT", "STATE", "PUSH_PORT", "NEXTERNAL_PORT", "DEMO_STATE", "DEMO_ACCOUNT", "DEMO_PASSWORD"),
    *("DEMO_ABANDONED_AFTER", "DEMO_STEP_DELAY"),
)
KNOWN = frozenset(PREFIX + name for name in (*COMMON, *INGEST, *SOURCES, *NOTIFY, *ONBOARDING, *COMMAND, *IMAGE, *ONE_MACHINE))
"""Services may share one environment: each knows the names of all."""

_OF_A_SERVICE = re.compile(r"(?P<service>\w+?)_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_\d+_\w+)?)")


def unknown_names(environment: Mapping[str, str]) -> list[str]:
    """Return one line for each variable of ours that no part of Beckon reads, with the name that was perhaps meant."""
    names = sorted(name for name in environment if name.upper().startswith(PREFIX))
    return [_line(name) for name in names if not _is_known(name.upper()) and not _is_of_kubernetes(name, environment)]


def _is_known(name: str) -> bool:
    return name in KNOWN or name.removesuffix(FROM_A_FILE) in KNOWN


def _is_of_kubernetes(name: str, environment: Mapping[str, str]) -> bool:
    """Kubernetes describes a Service named ``beckon-…`` to each pod of its namespace by variables of this prefix."""
    read = _OF_A_SERVICE.fullmatch(name)
    return read is not None and f"{read['service']}_SERVICE_HOST" in environment


def _line(name: str) -> str:
    meant = get_close_matches(name.upper(), KNOWN, 1)
    return f"{name}: no setting has this name" + (f"; {meant[0]} has" if meant else "")
