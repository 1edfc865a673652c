"""``beckon rotate-key``: a new key for a reader of sealed contacts or for links, and where it goes in which order."""

import hashlib
import secrets
import sys
from dataclasses import asdict, dataclass
from typing import Literal, get_args

import click
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from deploy.command.options import as_json
from deploy.command.output import print_rows
from deploy.command.settings import KeySettings
from shared.runtime.clock import SystemClock
from shared.runtime.security.sealing import ReaderKeys, ReaderPublicKey, to_base64url
from shared.runtime.service import read_settings

Reader = Literal["notify", "ingest", "console", "sources"]
Key = Reader | Literal["link"]
"""A reader's, or the one that signs the addresses at which carriers report."""
SEALERS: dict[Reader, tuple[str, tuple[str, ...]]] = {
    "notify": ("NOTIFY_PUBLIC_KEY", ("ingest", "sources", "onboarding")),
    "ingest": ("INGEST_PUBLIC_KEY", ("onboarding",)),
    "console": ("CONSOLE_PUBLIC_KEY", ("notify",)),
    "sources": ("SOURCES_PUBLIC_KEY", ("onboarding",)),
}
"""The setting with each reader's public key, and the services that seal with it."""
LINK_DAYS = 3
OWNERS: dict[Reader, tuple[str, ...]] = {
    "notify": ("notify",),
    "ingest": ("ingest", "sources"),
    "console": ("onboarding",),
    "sources": ("sources",),
}
"""The services that open what was sealed for a reader: the sources of orders compare contacts as ingest does."""


@dataclass(frozen=True)
class Step:
    """One change of a secret, followed by a rolling restart of its service alone."""

    step: int
    service: str
    setting: str
    change: str


@click.command("rotate-key")
@click.argument("key", type=click.Choice([*get_args(Reader), "link"]))
@click.option(
    "--check", "key_id", metavar="KEY_ID", help="Make no key: whether the secrets of this pod have the key of this id."
)
@click.option("--dry-run", is_flag=True, help="Only show the steps, without a key.")
@as_json
def rotate_key(key: Key, key_id: str | None, dry_run: bool, as_json: bool) -> None:
    """Make a new KEY, of a reader or for links, and print it once, with the secrets to change and restarts in their order.

    Nothing is stored and nothing changed. --check, in the pod of each service after its restart, reads its secrets: exit code 1
    where the key is missing. The shops' own keys for web push are renewed in the console, which keeps the one before.
    """
    if key_id is not None:
        rows = _link_key_found(key_id) if key == "link" else _found(key, key_id)
        print_rows(rows, as_json=as_json, none="this service neither opens nor seals with such a key")
        sys.exit(0 if rows and all(row["has"] for row in rows) else 1)
    print_rows([asdict(step) for step in _steps(key, dry_run=dry_run)], as_json=as_json, none="")


def _steps(key: Key, *, dry_run: bool) -> list[Step]:
    if key == "link":
        return link_steps("KEY") if dry_run else link_steps(to_base64url(secrets.token_bytes(32)))
    return steps_of(key, "KEY_ID:PRIVATE", "KEY_ID:PUBLIC") if dry_run else steps_of(key, *_new_key(key))


def _new_key(reader: Reader) -> tuple[str, str]:
    key, key_id = X25519PrivateKey.generate(), f"{reader}-{SystemClock().now():%Y%m%d%H%M%S}"
    public = to_base64url(key.public_key().public_bytes_raw())
    return f"{key_id}:{to_base64url(key.private_bytes_raw())}", f"{key_id}:{public}"


def steps_of(reader: Reader, private: str, public: str) -> list[Step]:
    """Return the steps. Whoever opens has the key before anybody seals with it; what was sealed before stays readable.

    It goes behind the keys that are there: a reader seals for itself by its first, which its other replicas have already.
    """
    setting, sealers = SEALERS[reader]
    steps = [Step(1, owner, "BECKON_READER_KEYS", f"append ,{private}") for owner in OWNERS[reader]]
    steps += [Step(2, service, f"BECKON_{setting}", f"replace by {public}") for service in sealers]
    kept = "keep the old key: stored contacts are opened by it; at a later release the new one may stand first"
    return [*steps, *(Step(3, owner, "BECKON_READER_KEYS", kept) for owner in OWNERS[reader])]


def link_steps(made: str) -> list[Step]:
    """Return the steps of a new link key: it stands first and signs, and addresses that the old one signed stay good."""
    check = f"; beckon rotate-key link --check {fingerprint(made)}"
    return [
        Step(1, "notify", "BECKON_LINK_KEY", f"put {made}, in front of what is there{check}"),
        Step(
            2, "notify", "BECKON_LINK_KEY", f"after {LINK_DAYS} days, with any later restart: remove the comma and the old key"
        ),
    ]


def fingerprint(link_key: str) -> str:
    """The id of a link key, from which nobody learns the key."""
    return f"link-{hashlib.sha256(link_key.encode()).hexdigest()[:12]}"


def _link_key_found(key_id: str) -> list[dict[str, object]]:
    """Whether the first link key of this environment, which signs, is this one."""
    settings: KeySettings = read_settings(KeySettings)
    if settings.link_key is None:
        return []
    first = settings.link_key.get_secret_value().partition(",")[0].strip()
    return [{"setting": "BECKON_LINK_KEY", "has": fingerprint(first) == key_id}]


def _found(reader: Reader, key_id: str) -> list[dict[str, object]]:
    """Whether each setting of this environment that is about the reader has the key."""
    settings: KeySettings = read_settings(KeySettings)
    name, _ = SEALERS[reader]
    public = getattr(settings, name.lower())
    rows: list[dict[str, object]] = []
    if public is not None:
        rows.append({"setting": f"BECKON_{name}", "has": ReaderPublicKey.parse(public).key_id == key_id})
    elif settings.reader_keys is not None:
        keys = ReaderKeys.parse(settings.reader_keys.get_secret_value()).keys
        rows.append({"setting": "BECKON_READER_KEYS", "has": key_id in keys})
    return rows
