"""Every site by its public key and by its secret keys, as the settings topic last had it."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog

from services.ingest.origin import listed
from shared.events.pointing import Pointing
from shared.events.settings import FieldCapture, Look, PrivacyControl, SiteConfigured
from shared.runtime.http.untrusted import host_of
from shared.runtime.security.sealing import CannotOpen, Pepper, ReaderKeys, from_base64url, open_secret

log = structlog.get_logger("sites")


@dataclass(frozen=True)
class ApiKeyOfSite:
    """A secret key of the order API: whose it is and the SHA-256 of its secret."""

    site_id: UUID
    sha256: bytes


@dataclass(frozen=True)
class Push:
    """How browsers subscribe: with the shop's public key, by the worker file that the shop serves."""

    vapid_public: str
    worker_path: str


@dataclass(frozen=True)
class Site:
    """What ingest needs of a site. Without a pepper no contact can be compared, so nothing of it is taken."""

    site_id: UUID
    revision: int
    site_keys: frozenset[str]
    api_keys: tuple[tuple[str, bytes], ...]
    hosts: frozenset[str]
    back_office_hosts: frozenset[str]
    currency: str
    country: str
    pepper: Pepper | None
    name: str
    look: Look
    platform: str
    push: Push | None
    consent_required: bool
    privacy_control: PrivacyControl
    field_capture: FieldCapture
    pointing: Pointing | None
    webhook_secret: str | None = field(repr=False)

    @property
    def all_hosts(self) -> frozenset[str]:
        """Every host whose pages may send beacons and read the answer."""
        return self.hosts | self.back_office_hosts


class Sites:
    """All sites. The highest revision of each wins; a key that a revision no longer lists is revoked."""

    def __init__(self, reader_keys: ReaderKeys) -> None:
        self._reader_keys = reader_keys
        self._sites: dict[UUID, Site] = {}
        self._by_key: dict[str, Site] = {}
        self._api_keys: dict[str, ApiKeyOfSite] = {}
        self._revoked: dict[str, UUID] = {}
        self._hosts: Counter[str] = Counter()

    def apply(self, event: SiteConfigured) -> None:
        """Take a snapshot in, unless a newer one is known."""
        known = self._sites.get(event.site_id)
        if known is not None:
            if known.revision > event.revision:
                return
            self._forget(known)
        secret = self._open(event, "order_webhook")
        site = to_site(event, self._open_pepper(event), None if secret is None else str(secret.get("secret") or "") or None)
        self._sites[site.site_id] = site
        self._hosts.update(site.all_hosts)
        self._by_key |= dict.fromkeys(site.site_keys, site)
        self._revoked |= dict.fromkeys(event.revoked_keys, site.site_id)
        self._api_keys |= {key_id: ApiKeyOfSite(site.site_id, digest) for key_id, digest in site.api_keys}

    def by_key(self, site_key: str) -> Site | None:
        """The site that a public key names."""
        return self._by_key.get(site_key)

    def revoked(self, site_key: str) -> UUID | None:
        """The site whose key this was: a page that still bears it reports nothing, which is signalled to its merchant."""
        return self._revoked.get(site_key)

    def by_id(self, site_id: UUID) -> Site | None:
        """The site of an id."""
        return self._sites.get(site_id)

    def api_key(self, key_id: str) -> ApiKeyOfSite | None:
        """The secret key that a sender names by its public half."""
        return self._api_keys.get(key_id)

    @property
    def without_pepper(self) -> int:
        """How many sites wait for a pepper that can be opened."""
        return sum(site.pepper is None for site in self._sites.values())

    def lists_host(self, host: str | None) -> bool:
        """Whether any site has pages on this host: for a preflight, which does not name its site."""
        return listed(host, self._hosts.keys())

    def _forget(self, site: Site) -> None:
        self._hosts.subtract(site.all_hosts)
        for host in site.all_hosts:
            if not self._hosts[host]:
                del self._hosts[host]
        for key in site.site_keys:
            self._by_key.pop(key, None)
        for key_id, _ in site.api_keys:
            self._api_keys.pop(key_id, None)

    def _open_pepper(self, event: SiteConfigured) -> Pepper | None:
        opened = self._open(event, "pepper")
        try:
            return None if opened is None else Pepper(opened["id"], from_base64url(opened["key"]))
        except (ValueError, KeyError, TypeError) as error:
            log.error("pepper_not_read", site=str(event.site_id), error=type(error).__name__)
            return None

    def _open(self, event: SiteConfigured, name: str) -> dict[str, Any] | None:
        """The secret of this name; None where there is none that can be opened."""
        boxes = [secret.box for secret in event.secrets if secret.name == name and secret.reader == "ingest"]
        for box in boxes:  # two while a key is rotated
            try:
                opened = json.loads(open_secret(self._reader_keys, event.site_id, name, box))
                if isinstance(opened, dict):
                    return opened
            except (CannotOpen, ValueError) as error:
                log.error("secret_not_opened", site=str(event.site_id), name=name, error=type(error).__name__)
        return None


def to_site(event: SiteConfigured, pepper: Pepper | None, webhook_secret: str | None = None) -> Site:
    """What ingest keeps of the settings."""
    return Site(
        site_id=event.site_id,
        revision=event.revision,
        site_keys=frozenset(event.site_keys),
        api_keys=tuple((key.key_id, bytes.fromhex(key.sha256)) for key in event.api_keys),
        hosts=_hosts(event.hosts),
        back_office_hosts=_hosts(event.back_office_hosts),
        currency=event.currency,
        country=event.country,
        pepper=pepper,
        name=event.name,
        look=event.look or Look(),
        platform=event.platform,
        consent_required=event.consent_required,
        privacy_control=event.privacy_control or PrivacyControl.LIMIT,
        field_capture=_field_capture(event),
        push=None if event.vapid_public is None or event.worker_path is None else Push(event.vapid_public, event.worker_path),
        pointing=event.pointing,
        webhook_secret=webhook_secret,
    )


def _field_capture(event: SiteConfigured) -> FieldCapture:
    """A field that is still being typed in is read of shoppers alone who were asked."""
    if event.field_capture is FieldCapture.LIVE and not event.consent_required:
        return FieldCapture.BLUR
    return event.field_capture or FieldCapture.BLUR


def _hosts(addresses: Iterable[str]) -> frozenset[str]:
    return frozenset(host for address in addresses if (host := host_of(address)) is not None)
