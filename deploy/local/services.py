"""The processes of Beckon itself on one machine, and the environment of each."""

import base64
import http.client
import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import get_args

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from deploy.image.contents import PACKAGES
from deploy.local.folders import CHECKOUT, Folders
from deploy.local.ports import Ports
from deploy.local.postgres import DATABASE
from deploy.local.secrets import Secrets
from deploy.local.units import Unit
from shared.runtime.postgres.tables import Schema

WITH_DATABASE = get_args(Schema)
SERVICES = ("ingest", *WITH_DATABASE)

WITH_HTTP = ("onboarding", "ingest", "notify")
DECIDED = {
    "BECKON_PROFILE",
    "BECKON_KAFKA",
    "BECKON_POSTGRES",
    "BECKON_SOURCES_POSTGRES",
    "BECKON_ORDERS_POSTGRES",
    "BECKON_NOTIFY_POSTGRES",
    "BECKON_ONBOARDING_POSTGRES",
    "BECKON_SCRATCH_POSTGRES",
    "BECKON_INGEST_METRICS",
    "BECKON_HTTP_HOST",
    "BECKON_HTTP_PORT",
    "BECKON_DRAIN_SECONDS",
    "BECKON_METRICS_PORT",
    "BECKON_PUBLIC_INGEST",
    "BECKON_PUBLIC_NOTIFY",
    "BECKON_PUBLIC_CONSOLE",
    "BECKON_READER_KEYS",
    "BECKON_NOTIFY_PUBLIC_KEY",
    "BECKON_INGEST_PUBLIC_KEY",
    "BECKON_SOURCES_PUBLIC_KEY",
    "BECKON_XML_TOOLS",
    "BECKON_POLL_SECONDS",
    "BECKON_LINK_KEY",
    "BECKON_CONSOLE_PUBLIC_KEY",
    "BECKON_TWILIO_API",
    "BECKON_QUESTIONS_PER_SITE_AND_DAY",
    "BECKON_PUSH_SERVICES",
    "BECKON_PUSH_PORT",
    "BECKON_NEXTERNAL_PORT",
    "BECKON_DEMO_STATE",
    "BECKON_DEMO_ACCOUNT",
    "BECKON_DEMO_PASSWORD",
}
PUSH_HOSTS = ("jmt17.google.com", "fcm.googleapis.com", "updates.push.services.mozilla.com")
"""Whose endpoints browsers give away here: Debian's Chromium, Chrome, Firefox. The demo stands in for them."""
DEMO_ACCOUNT = "demo@beckon.example"
DEMO_BUDGETS = {"BECKON_QUESTIONS_PER_SITE_AND_DAY": "1000"}
"""The demo's phones all lie in one block of numbers, of which few are asked a day elsewhere."""


class Environment:
    """Makes the environment of each process: its own role, its own keys, nothing of another's."""

    def __init__(self, ports: Ports, secrets: Secrets, folders: Folders, outer: Mapping[str, str]) -> None:
        self._ports = ports
        self._secrets = secrets
        self._folders = folders
        # Settings of ours that the user set reach the services (the demo's timing, the log level), and OpenTelemetry's;
        # nothing else does, and no address, secret or key meant for another Beckon.
        passed = {key: value for key, value in outer.items() if key.startswith(("BECKON_", "OTEL_")) and not decided_here(key)}
        self._common = passed | {
            "PATH": outer.get("PATH", os.defpath),
            "PYTHONPATH": str(CHECKOUT),
            "PYTHONDONTWRITEBYTECODE": "1" if runs_read_only() else "",
            "BECKON_PROFILE": "demo",
            "BECKON_DRAIN_SECONDS": "0",  # nobody balances load here
            "BECKON_KAFKA": f"127.0.0.1:{ports.of('Kafka')}",
            "BECKON_PUBLIC_CONSOLE": ports.address("onboarding"),
            "BECKON_PUBLIC_INGEST": ports.address("ingest"),
            "BECKON_PUBLIC_NOTIFY": ports.address("notify"),
        }

    def of(self, service: str) -> dict[str, str]:
        """The environment of one of the services."""
        environment = self._common | {"BECKON_METRICS_PORT": str(self._ports.of(f"{service} metrics"))}
        if service in WITH_HTTP:
            environment["BECKON_HTTP_PORT"] = str(self._ports.of(service))
        if service in WITH_DATABASE:
            environment["BECKON_POSTGRES"] = self.dsn(service)
        return environment | self._keys(service)

    def dsn(self, service: str) -> str:
        """The address of the database for a service's own role."""
        password = self._secrets.role_passwords[service]
        return f"postgresql://beckon_{service}:{password}@127.0.0.1:{self._ports.of('PostgreSQL')}/{DATABASE}"

    def operator(self, rebuilt: str, scratch: str) -> dict[str, str]:
        """The environment of whoever operates it: every database, and one in which a service is rebuilt; no key."""
        own = {f"BECKON_{service.upper()}_POSTGRES": self.dsn(service) for service in WITH_DATABASE}
        own |= {"BECKON_POSTGRES": self.dsn("onboarding"), "BECKON_INGEST_METRICS": self._ports.address("ingest metrics")}
        own["BECKON_SCRATCH_POSTGRES"] = f"{self.dsn(rebuilt).rpartition('/')[0]}/{scratch}"
        return self._common | own

    def _keys(self, service: str) -> dict[str, str]:
        notify_public = {"BECKON_NOTIFY_PUBLIC_KEY": f"n1:{public_half(self._secrets.notify_key)}"}
        sources_public = {"BECKON_SOURCES_PUBLIC_KEY": f"s1:{public_half(self._secrets.sources_key)}"}
        ingest_public = {"BECKON_INGEST_PUBLIC_KEY": f"g1:{public_half(self._secrets.ingest_key)}"}
        match service:
            case "ingest":
                return {"BECKON_READER_KEYS": f"g1:{self._secrets.ingest_key}"} | notify_public
            case "sources":
                keys = f"g1:{self._secrets.ingest_key},s1:{self._secrets.sources_key}"
                polled = {"BECKON_XML_TOOLS": self._ports.address("nexternal"), "BECKON_POLL_SECONDS": "5"}
                return {"BECKON_READER_KEYS": keys} | polled | notify_public
            case "notify":
                return {
                    "BECKON_READER_KEYS": f"n1:{self._secrets.notify_key}",
                    "BECKON_LINK_KEY": self._secrets.link_key,
                    "BECKON_CONSOLE_PUBLIC_KEY": f"o1:{public_half(self._secrets.console_key)}",
                    "BECKON_TWILIO_API": self._ports.address("demo"),
                    "BECKON_PUSH_SERVICES": json.dumps(dict.fromkeys(PUSH_HOSTS, self._ports.address("demo"))),
                } | DEMO_BUDGETS
            case "onboarding":
                own = {"BECKON_READER_KEYS": f"o1:{self._secrets.console_key}"}
                return own | notify_public | ingest_public | sources_public | DEMO_BUDGETS
            case _:
                return {}

    def nexternal(self) -> dict[str, str]:
        """The make-believe Nexternal's; it knows no address of Beckon."""
        own = {name: self._common[name] for name in ("PATH", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")}
        port = str(self._ports.of("nexternal"))
        return own | {"BECKON_NEXTERNAL_PORT": port, "BECKON_DEMO_STATE": str(self._folders.demo)}

    def demo(self) -> dict[str, str]:
        """The demo shop's; it knows the addresses of Beckon and no secret but its own console account."""
        return self._common | {
            "BECKON_HTTP_PORT": str(self._ports.of("demo")),
            "BECKON_PUSH_PORT": str(self._ports.of("push")),
            "BECKON_NEXTERNAL_PORT": str(self._ports.of("nexternal")),
            "BECKON_DEMO_STATE": str(self._folders.demo),
            "BECKON_DEMO_ACCOUNT": DEMO_ACCOUNT,
            "BECKON_DEMO_PASSWORD": self._secrets.console_password,
        }


def decided_here(variable: str) -> bool:
    """The stack itself decides on this one, however it is given."""
    return variable.removesuffix("_FILE") in DECIDED


def runs_read_only() -> bool:
    """A checkout that cannot be written to gets no byte code."""
    return not os.access(CHECKOUT, os.W_OK)


def public_half(private: str) -> str:
    """The X25519 public key of a private one, both raw and base64url."""
    raw = base64.urlsafe_b64decode(private + "=" * (-len(private) % 4))
    public = X25519PrivateKey.from_private_bytes(raw).public_key().public_bytes_raw()
    return base64.urlsafe_b64encode(public).rstrip(b"=").decode()


def service_units(environment: Environment, ports: Ports) -> list[Unit]:
    """The services, the demo and the make-believe Nexternal, in the order in which they start."""
    services = [
        Unit(
            name=name,
            command=(sys.executable, "-m", PACKAGES.get(name, f"services.{name}")),
            environment=environment.of(name),
            ready=_answers(ports.of(f"{name} metrics"), "/readyz"),
            folder=CHECKOUT,
        )
        for name in SERVICES
    ]
    demo = Unit(
        name="demo",
        command=(sys.executable, "-m", "deploy.demo"),
        environment=environment.demo(),
        ready=_answers(ports.of("demo"), "/healthz"),
        folder=CHECKOUT,
    )
    nexternal = Unit(
        name="nexternal",
        command=(sys.executable, "-m", "deploy.demo.nexternal"),
        environment=environment.nexternal(),
        ready=_answers(ports.of("nexternal"), "/healthz"),
        folder=CHECKOUT,
    )
    return [*services, demo, nexternal]


def _answers(port: int, path: str) -> Callable[[], bool]:
    """Ask directly: a proxy that the environment names knows nothing of this machine's ports."""

    def ready() -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except (http.client.HTTPException, OSError):
            return False
        finally:
            connection.close()

    return ready
