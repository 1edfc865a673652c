"""The secrets of one machine's Beckon, made at the first start and kept readable by their owner alone."""

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import get_args

from shared.runtime.postgres.tables import Schema

ROLES = get_args(Schema)


def _password() -> str:
    return secrets.token_urlsafe(24)


def _key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()


def _cluster_id() -> str:
    """16 random bytes as Kafka writes them. One that begins with a dash would be taken for an option by its tools."""
    while (made := base64.urlsafe_b64encode(secrets.token_bytes(16)).rstrip(b"=").decode()).startswith("-"):
        pass
    return made


@dataclass(frozen=True)
class Secrets:
    """Passwords and private keys. Keys are X25519, raw, base64url; its ``repr`` shows nothing."""

    superuser_password: str = field(repr=False, default_factory=_password)
    role_passwords: dict[str, str] = field(repr=False, default_factory=lambda: {role: _password() for role in ROLES})
    notify_key: str = field(repr=False, default_factory=_key)
    ingest_key: str = field(repr=False, default_factory=_key)
    sources_key: str = field(repr=False, default_factory=_key)
    console_key: str = field(repr=False, default_factory=_key)
    link_key: str = field(repr=False, default_factory=_key)
    console_password: str = field(repr=False, default_factory=lambda: secrets.token_urlsafe(12))
    kafka_cluster_id: str = field(default_factory=_cluster_id)


def load_secrets(path: Path) -> Secrets:
    """Read the secrets, or make them: written whole or not at all, mode 0600.

    One that a newer version needs is made and kept as well; what there is never changes.
    """
    known = json.loads(path.read_text()) if path.is_file() else {}
    passwords = {role: _password() for role in ROLES} | known.get("role_passwords", {})
    made = Secrets(**known | {"role_passwords": passwords})
    if asdict(made) != known:
        _keep(made, path)
    return made


def _keep(made: Secrets, path: Path) -> None:
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(made), file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
