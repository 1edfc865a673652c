"""What tests of ingest are about: a site, its keys, a body of beacons, and a Kafka in memory."""

import asyncio
import json
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from prometheus_client import CollectorRegistry

from services.ingest.group_commit import Batch, Caps, GroupCommit
from services.ingest.http.app import HttpApp
from services.ingest.http.confirmation_pages import ConfirmationPages
from services.ingest.http.snippet import Built, SnippetFile
from services.ingest.ingestion import Ingestion
from services.ingest.limits import Buckets, Limits, Rate
from services.ingest.metrics import IngestMetrics
from services.ingest.orders.burst import OrderBursts
from services.ingest.orders.server_clocks import ServerClocks
from services.ingest.signals import Signals
from services.ingest.sites import Sites
from shared.events.codec import decode, encode
from shared.events.envelope import Channel, Event
from shared.events.settings import ApiKey, Campaign, CampaignStep, Secret, SiteConfigured, SiteMode
from shared.runtime.ids import new_uuid7
from shared.runtime.metrics import HttpMetrics
from shared.runtime.security.sealing import Pepper, ReaderKeys, ReaderPublicKey, seal_secret, to_base64url

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
SITE = UUID("0198f0aa-0000-7000-8000-000000000001")
ACCOUNT = UUID("0198f0aa-0000-7000-8000-0000000000aa")
SITE_KEY = "bk_0123456789abcdef"
VISITOR = "q8Zk3v1mT0yS6b2nH4xW9g"
KEY_ID = "k1k1k1k1"
API_SECRET = "s3cr3ts3cr3ts3cr3ts3cr3t"
PEPPER = Pepper("p1", b"p" * 32)
PATIENT = Caps(seconds=20)
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"
INGEST_KEYS = ReaderKeys.parse(f"g1:{to_base64url(b'g' * 32)}")
NOTIFY_KEYS = ReaderKeys.parse(f"n1:{to_base64url(b'n' * 32)}")


def public_half(keys: ReaderKeys) -> ReaderPublicKey:
    """The key that seals for a reader."""
    key_id, key = next(iter(keys.keys.items()))
    return ReaderPublicKey(key_id, key.public_key())


def site_settings(
    *,
    site_id: UUID = SITE,
    revision: int = 1,
    site_keys: tuple[str, ...] = (SITE_KEY,),
    hosts: tuple[str, ...] = ("shop.example",),
    back_office_hosts: tuple[str, ...] = ("office.example",),
    with_pepper: bool = True,
    platform: str = "nexternal",
    webhook_secret: str | None = None,
) -> SiteConfigured:
    """A shop with a back office, a secret key and its account's pepper boxed for ingest."""
    pepper = a_secret(site_id, "pepper", id=PEPPER.pepper_id, key=to_base64url(PEPPER.key))
    webhook = a_secret(site_id, "order_webhook", secret=webhook_secret or "")
    return SiteConfigured(
        event_id=new_uuid7(),
        site_id=site_id,
        occurred_at=NOON,
        received_at=NOON,
        revision=revision,
        account_id=ACCOUNT,
        name="Harbor & Vine",
        mode=SiteMode.LIVE,
        site_keys=site_keys,
        api_keys=(ApiKey(key_id=KEY_ID, sha256=sha256(API_SECRET.encode()).hexdigest()),),
        hosts=hosts,
        back_office_hosts=back_office_hosts,
        currency="USD",
        time_zone="America/New_York",
        platform=platform,
        campaign=Campaign(
            id="default", steps=(CampaignStep(delay_seconds=60, channel_order=(Channel.SMS,), template="{link}"),)
        ),
        abandoned_after_seconds=1800,
        secrets=(pepper,) * with_pepper + (webhook,) * (webhook_secret is not None),
    )


def a_secret(site_id: UUID, name: str, **fields: str) -> Secret:
    """A secret of a site, boxed for ingest."""
    box = seal_secret(public_half(INGEST_KEYS), site_id, name, json.dumps(fields).encode())
    return Secret(name=name, reader="ingest", box=box)


def a_body(*events: dict[str, object], visitor: str | None = VISITOR, key: str = SITE_KEY) -> dict[str, object]:
    """A body as the snippet sends it."""
    return {"v": 1, "k": key, "u": visitor, "z": ms(NOON), "e": list(events)}


def an_event(event_type: str, client_id: str = "c1", *, at: datetime = NOON, **fields: object) -> dict[str, object]:
    """One event of a body."""
    return {"i": client_id, "t": event_type, "a": ms(at), "p": "/checkout", "d": fields}


def a_cart_event(client_id: str = "c1", **fields: object) -> dict[str, object]:
    """A whole cart of two lines."""
    line = {"productID": "W-101", "productName": "Harbor Red", "quantity": 2, "productPrice": "64.95"}
    cart: dict[str, object] = {"seq": 1, "version": 5, "items": [line], "total": "129.90", "currency": "USD"}
    return an_event("cart.updated", client_id) | {"d": cart | fields}


def ms(moment: datetime) -> int:
    """As ``Date.now()`` returns it."""
    return int(moment.timestamp() * 1000)


@dataclass
class StoppedClock:
    """A clock that moves only when a test moves it."""

    wall: datetime = NOON
    ticks: float = 1000.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.ticks

    def pass_seconds(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.ticks += seconds


@dataclass
class MemoryBatch:
    """A batch that holds so many bytes, as ``BatchBuilder`` does."""

    capacity: int
    records: list[tuple[bytes, bytes]] = field(default_factory=list)
    headers: list[dict[str, bytes]] = field(default_factory=list)
    size: int = 0

    def append(
        self,
        *,
        timestamp: int | None,
        key: bytes | None,
        value: bytes | None,
        headers: list[tuple[str, bytes]],
    ) -> object:
        assert isinstance(headers, list), "aiokafka takes nothing else"
        assert key is not None
        assert value is not None
        if self.size + len(value) > self.capacity:
            return None
        self.size += len(value)
        self.records.append((key, value))
        self.headers.append(dict(headers))
        return object()


@dataclass
class MemoryKafka:
    """A broker in memory that can be held, can fail, and remembers what it acknowledged in order."""

    capacity: int = 262_144
    stored: list[tuple[str, int, bytes]] = field(default_factory=list)
    headers: list[dict[str, bytes]] = field(default_factory=list)
    batches: int = 0
    failure: Exception | None = None
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open.set()

    def create_batch(self) -> Batch:
        return MemoryBatch(self.capacity)

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> Awaitable[object]:
        assert isinstance(batch, MemoryBatch)
        if self.failure is not None:
            raise self.failure
        return asyncio.ensure_future(self._acknowledge(batch, topic, partition))

    async def _acknowledge(self, batch: MemoryBatch, topic: str, partition: int) -> None:
        await self.open.wait()
        self.batches += 1
        self.stored += [(topic, partition, value) for _, value in batch.records]
        self.headers += batch.headers

    def events(self, topic: str = "storefront-events") -> list[Event]:
        """What the topic holds, read as its readers do."""
        return [decode(name, value) for name, _, value in self.stored if name == topic]


@dataclass
class Rig:
    """ingest without sockets."""

    app: HttpApp
    ingestion: Ingestion
    kafka: MemoryKafka
    clock: StoppedClock
    registry: CollectorRegistry
    sites: Sites


def some_built(core: str) -> Built:
    """The built snippet's files, each with nothing in it but where its configuration goes."""
    return Built(
        core,
        {"": "readers(__BECKON_CONFIG__)", "nexternal": "readers_nexternal(__BECKON_CONFIG__)"},
        *(
            f"{name}(__BECKON_CONFIG__)"
            for name in (
                "push",
                "prompt",
                "worker",
                "office",
                "acts",
                "restore",
                "cartstack",
                "pointing",
                "picker",
                "consent",
                "debug",
            )
        ),
    )


def a_rig(
    *,
    per_second: float = 1000,
    orders_per_second: float = 1000,
    burst: int = 100,
    caps: Caps = PATIENT,
    test_browsers: bool = False,
    core: str = "run(__BECKON_CONFIG__)",
    settings: SiteConfigured | None = None,
) -> Rig:
    """ingest, composed as ``app.py`` does it, over a Kafka in memory. Build it inside a running loop."""
    kafka, clock, registry = MemoryKafka(), StoppedClock(), CollectorRegistry()
    sites, metrics = Sites(INGEST_KEYS), IngestMetrics(registry)
    sites.apply(settings or site_settings())
    commit = GroupCommit(kafka, lambda record: record.key[-1] % 4, caps, lambda _records, _error: None)
    signals = Signals(lambda signal: commit.append_unwatched(encode(signal)), new_uuid7)
    speech, silencing = Rate(per_second, per_second), Rate(orders_per_second, orders_per_second)
    ingestion = Ingestion(
        sites=sites,
        commit=commit,
        limits=Limits(Buckets(speech), Buckets(speech), Buckets(silencing)),
        bursts=OrderBursts(burst),
        server_clocks=ServerClocks(),
        confirmation_pages=ConfirmationPages(),
        signals=signals,
        metrics=metrics,
        clock=clock,
        notify_key=public_half(NOTIFY_KEYS),
        hosted_page="beckon.example",
        test_browsers=test_browsers,
    )
    snippet = SnippetFile(ingestion, some_built(core), "https://t.shop.example", "https://beckon.example")
    return Rig(HttpApp(ingestion, snippet, HttpMetrics(registry)), ingestion, kafka, clock, registry, sites)
