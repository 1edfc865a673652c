"""Outside the demo nothing unsafe starts, and nowhere a name that nobody reads: one line names what is wrong, exit code 2."""

import base64
import os
import secrets
import subprocess
import sys

import pytest
from pydantic import ValidationError

from deploy.command.settings import OperatorSettings
from deploy.local.folders import CHECKOUT as ROOT
from services.ingest.settings import IngestSettings
from services.ingest.sources.settings import SourcesSettings
from services.notify.settings import NotifySettings
from services.onboarding.settings import CommandSettings, OnboardingSettings
from services.orders.settings import OrdersSettings
from shared.runtime.security.setting_rules import has_password_in_query, is_weak, is_weak_key
from shared.runtime.setting_names import IMAGE, KNOWN, ONE_MACHINE, PREFIX, unknown_names
from shared.runtime.settings import ServiceSettings
from tests.support.builders.notify import KEYS

SERVICES: tuple[type[ServiceSettings], ...] = (
    IngestSettings,
    SourcesSettings,
    NotifySettings,
    OnboardingSettings,
    OrdersSettings,
)
KEY = base64.urlsafe_b64encode(bytes(range(7, 39))).decode()
PUBLIC = f"n1:{base64.urlsafe_b64encode(KEYS.public_key().key.public_bytes_raw()).decode()}"
SAFE = {
    "KAFKA": "kafka:9092",
    "METRICS_PORT": "9000",
    "POSTGRES": "postgresql://beckon:kT5v-0qWz_81nQm@db/beckon",
    "READER_KEYS": f"n1:{KEY}",
    "LINK_KEY": KEY,
    "NOTIFY_PUBLIC_KEY": PUBLIC,
    "CONSOLE_PUBLIC_KEY": PUBLIC,
    "INGEST_PUBLIC_KEY": PUBLIC,
    "SOURCES_PUBLIC_KEY": PUBLIC,
    "PUBLIC_INGEST": "https://in.shop.example",
    "PUBLIC_NOTIFY": "https://go.shop.example",
    "PUBLIC_CONSOLE": "https://console.shop.example:8443/",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    for name, value in SAFE.items():
        monkeypatch.setenv(PREFIX + name, value)
    return monkeypatch


@pytest.mark.parametrize("service", SERVICES)
def test_a_safe_environment_starts_every_service(service: type[ServiceSettings], environment: pytest.MonkeyPatch) -> None:
    assert service().profile == "production"


UNSAFE = [
    ("PUBLIC_CONSOLE", "", OnboardingSettings),
    ("PUBLIC_CONSOLE", "", CommandSettings),
    ("PUBLIC_CONSOLE", "http://console.shop.example", OnboardingSettings),
    ("PUBLIC_CONSOLE", "https://", OnboardingSettings),
    ("PUBLIC_CONSOLE", "https://[", OnboardingSettings),
    ("PUBLIC_CONSOLE", "https://x:99999", OnboardingSettings),
    ("PUBLIC_CONSOLE", "https://anna:secret@console.shop.example", OnboardingSettings),
    ("PUBLIC_CONSOLE", "https://console.shop.example/?a=b", OnboardingSettings),
    ("XML_TOOLS", "https://xml.example", SourcesSettings),
    ("PUBLIC_INGEST", "http://in.shop.example", IngestSettings),
    ("PUBLIC_INGEST", "in.shop.example", IngestSettings),
    ("PUBLIC_INGEST", "", IngestSettings),
    ("PUBLIC_INGEST", "", NotifySettings),
    ("PUBLIC_INGEST", "", OnboardingSettings),
    ("PUBLIC_NOTIFY", "HTTP://go.shop.example", NotifySettings),
    ("PUBLIC_NOTIFY", "https://go.shop.example ", NotifySettings),
    ("PUBLIC_NOTIFY", "", OnboardingSettings),
    ("LINK_KEY", "correct-horse-battery-staple", NotifySettings),
    ("LINK_KEY", base64.urlsafe_b64encode(bytes(32)).decode(), NotifySettings),
    ("LINK_KEY", base64.urlsafe_b64encode(bytes(range(16))).decode(), NotifySettings),
    ("LINK_KEY", f"{KEY},", NotifySettings),
    ("READER_KEYS", f"n1:{base64.urlsafe_b64encode(b'k' * 32).decode()}", NotifySettings),
    ("READER_KEYS", f"n1:{KEY},n0:{base64.urlsafe_b64encode(b'k' * 32).decode()}", IngestSettings),
    ("READER_KEYS", KEY, IngestSettings),
    ("READER_KEYS", KEY, OnboardingSettings),
    ("CONSOLE_PUBLIC_KEY", "", NotifySettings),
    ("NOTIFY_PUBLIC_KEY", "n1:short", IngestSettings),
    ("INGEST_PUBLIC_KEY", "", OnboardingSettings),
    ("POSTGRES", "postgresql://beckon@db/beckon?password=kT5v-0qWz_81nQm", OrdersSettings),
    ("POSTGRES", "postgresql://beckon@db/beckon?sslmode=require&PASSWORD=kT5v-0qWz_81nQm", NotifySettings),
    ("POSTGRES", "postgresql://beckon@db/beckon?sslpassword=kT5v-0qWz_81nQm", OnboardingSettings),
    ("POSTGRES", "postgresql://beckon:changeme-please@db/beckon", OrdersSettings),
    ("POSTGRES", "postgresql://beckon:%3Cyour-password%3E@db/beckon", OrdersSettings),
    ("POSTGRES", "postgresql://[", OrdersSettings),
    ("POSTGRES", "mysql://beckon:kT5v-0qWz_81nQm@db/beckon", OrdersSettings),
    ("POSTGRES", "host=db user=beckon", OrdersSettings),
    ("POSTGRES", "postgresql://beckon:kT5v-0qWz_81nQm@db:port/beckon", NotifySettings),
    ("POSTGRES", "postgresql://beckon:kT5v-0qWz_81nQm@db/beckon?sslrootcert=/nowhere/ca.pem", OnboardingSettings),
    ("POSTGRES", "postgresql://beckon:kT5v-0qWz_81nQm@db/beckon?sslmode=verified", OrdersSettings),
    ("KAFKA", "kafka", OrdersSettings),
    ("KAFKA", "", IngestSettings),
    ("KAFKA", "https://kafka:9092", NotifySettings),
    ("KAFKA", "one:9092, two:9092", OrdersSettings),
    ("KAFKA_CA_FILE", "/nowhere/ca.pem", IngestSettings),
    ("KAFKA_CA_FILE", __file__, OrdersSettings),
    ("KAFKA_CERT_FILE", __file__, NotifySettings),
    ("KAFKA_USERNAME", "orders", OrdersSettings),
    ("KAFKA_PASSWORD_FILE", __file__, OrdersSettings),
    ("DRAIN_SECONDS", "-1", IngestSettings),
    ("SMTP_PASSWORD", "replace-me-later", OnboardingSettings),
    ("TWILIO_API", "https://elsewhere.example", NotifySettings),
    ("PUSH_SERVICES", '{"push.example": "http://127.0.0.1:1"}', NotifySettings),
    ("MOST_CONNECTIONS", "0", IngestSettings),
    ("TRUSTED_PROXIES", "everybody", OrdersSettings),
]


@pytest.mark.parametrize(("name", "value", "service"), UNSAFE)
def test_what_is_unsafe_does_not_start_and_is_not_shown(
    name: str, value: str, service: type[ServiceSettings], environment: pytest.MonkeyPatch
) -> None:
    environment.setenv(PREFIX + name, value)

    with pytest.raises(ValidationError) as refusal:
        service()

    [fault] = refusal.value.errors(include_url=False, include_input=False)
    given = "_".join(map(str, fault["loc"])) + fault["msg"]
    assert name.lower() in given.lower()
    assert len(value) < 20 or value not in str(refusal.value)


@pytest.mark.parametrize(
    "word", ["CHANGE_ME_CHANGE_ME", "<database-password>", "your-secret-here", "Passw0rd12345", "placeholder-1"]
)
def test_placeholders_are_weak(word: str) -> None:
    assert is_weak(word)


def test_random_secrets_are_not_weak() -> None:
    made = [secrets.token_urlsafe(32) for _ in range(500)]

    assert not any(is_weak(one) or is_weak_key(one) for one in made)
    assert not has_password_in_query("postgresql://beckon:kT5v@db/beckon?sslmode=verify-full&application_name=x")


def test_every_setting_has_a_known_name_and_every_known_name_is_a_setting() -> None:
    every: tuple[type[ServiceSettings], ...] = (*SERVICES, CommandSettings, OperatorSettings)
    fields = {PREFIX + name.upper() for service in every for name in service.model_fields}

    assert fields == KNOWN - {PREFIX + name for name in (*IMAGE, *ONE_MACHINE)}


@pytest.mark.parametrize("name", ["BECKON_SMS_PER_SECNOD", "BECKON_KAFAK", "beckon_kafak", "BECKON_", "BECKON_POSTGRES_FILES"])
def test_a_name_that_nobody_reads_is_reported(name: str) -> None:
    [line] = unknown_names({name: "1", "PATH": "x", "BECKON_KAFKA": "k", "BECKON_POSTGRES_FILE": "f"})

    assert line.startswith(f"{name}: no setting has this name")


def test_the_name_that_was_meant_is_reported_too() -> None:
    assert unknown_names({"BECKON_SMS_PER_SECNOD": "1"}) == [
        "BECKON_SMS_PER_SECNOD: no setting has this name; BECKON_SMS_PER_SECOND has"
    ]


def test_what_kubernetes_sets_for_a_service_is_no_setting() -> None:
    given = {
        f"BECKON_INGEST_{end}": "tcp://10.0.0.1:80" for end in ("SERVICE_HOST", "SERVICE_PORT", "PORT", "PORT_80_TCP_ADDR")
    }

    assert unknown_names(given | {"BECKON_INGEST_SERVICE_PORT_HTTP": "80"}) == []
    assert len(unknown_names({"BECKON_INGEST_PORT": "80"})) == 1


@pytest.mark.parametrize(
    "module", ["services.ingest", "services.notify", "services.onboarding", "services.orders", "deploy.local.supervisor"]
)
def test_a_process_with_a_mistyped_setting_ends_with_one_line(module: str) -> None:
    environment = {"PATH": os.environ["PATH"], "BECKON_PROFILE": "demo", "BECKON_LOGLEVEL": "INFO"}
    ended = subprocess.run(
        [sys.executable, "-m", module], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30, check=False
    )

    assert ended.returncode == 2
    assert ended.stderr.removeprefix("beckon: ") == "BECKON_LOGLEVEL: no setting has this name; BECKON_LOG_LEVEL has\n"
