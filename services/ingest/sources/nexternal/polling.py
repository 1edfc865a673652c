"""One poll of a Nexternal account: its orders since the last whole poll, with their customers, reported a few at a time."""

import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.ingest.contacts import Contacts
from services.ingest.sites import Site, Sites
from services.ingest.sources.metrics import SourcesMetrics
from services.ingest.sources.nexternal.client import XmlTools
from services.ingest.sources.nexternal.clock import AccountClock, learn, window_of
from services.ingest.sources.nexternal.orders import batches_among, origin_of, report_of
from services.ingest.sources.nexternal.replies import PolledCustomer, PolledOrder
from services.ingest.sources.nexternal.requests import Credentials, Numbers, read_credentials
from services.ingest.sources.states import PollFailed, SourceState
from services.ingest.sources.storage.connections import Connection, Reported, box_of, report, unreported
from shared.runtime.clock import Clock
from shared.runtime.postgres.pool import Pool, transaction
from shared.runtime.security.outbound import Outbound
from shared.runtime.security.sealing import CannotOpen, ReaderKeys, ReaderPublicKey, open_secret

ORDERS_AT_ONCE = 25
"""Reported in one transaction: a batch of a club is hundreds, and a throttled poll keeps what it has done."""
REQUEST_SECONDS = 30.0
WIDEST_GAP = 20
"""Between customer numbers that are asked for in one request."""


@dataclass(frozen=True)
class NexternalPoll:
    """What a poll of any account needs."""

    pool: Pool
    outbound: Outbound
    reader_keys: ReaderKeys
    notify_key: ReaderPublicKey
    clock: Clock
    metrics: SourcesMetrics
    request_seconds: float = REQUEST_SECONDS

    async def run(self, of: Connection, began_at: datetime) -> AccountClock:
        """Report what is new and return what is known of the account's clock by then.

        Raises:
            PollFailed: it cannot be whole. What was reported until then stays so.
            ClaimLost: somebody else polls this account.
        """
        site, contacts = self._site(of)
        tools = XmlTools(self.outbound, self._credentials(of), self.request_seconds)
        orders, unread = await tools.orders(window_of(of.polled_through, began_at, of.utc_offset))
        self.metrics.orders.labels("unread").inc(unread)
        digests = {digest_of(order, contacts): order for order in orders}
        new = await unreported(self.pool, of, list(digests))
        self.metrics.orders.labels("known").inc(len(digests) - len(new))
        batches = batches_among(orders)
        waiting = [(digest, digests[digest]) for digest in digests if digest in new]
        for start in range(0, len(waiting), ORDERS_AT_ONCE):
            await self._report(of, waiting[start : start + ORDERS_AT_ONCE], batches, tools, site, contacts)
        if unread:
            raise PollFailed(SourceState.BROKEN)
        return learn(AccountClock(of.utc_offset, of.highest_order), orders, of.polled_through, began_at)

    async def _report(
        self,
        of: Connection,
        orders: Sequence[tuple[str, PolledOrder]],
        batches: frozenset[tuple[str, datetime | None]],
        tools: XmlTools,
        site: Site,
        contacts: Contacts,
    ) -> None:
        customers = await _customers(tools, (order.customer_number for _, order in orders))
        now, reported = self.clock.now(), []
        for digest, order in orders:
            customer = customers.get(order.customer_number)
            event = report_of(order, customer, origin_of(order, batches), now, site, contacts, of.utc_offset)
            if event is None:
                self.metrics.orders.labels("unread").inc()
            else:
                reported.append(Reported(digest, order.number, event))
        async with transaction(self.pool) as tx:
            count = await report(tx, of, reported, now)
        self.metrics.orders.labels("reported").inc(count)

    def _site(self, of: Connection) -> tuple[Site, Contacts]:
        sites = Sites(self.reader_keys)
        sites.apply(of.settings)
        site = sites.by_id(of.site_id)
        if site is None or site.pepper is None:
            raise PollFailed(SourceState.UNREADABLE_SECRET)
        return site, Contacts(self.notify_key, site.pepper, site.site_id, site.country)

    def _credentials(self, of: Connection) -> Credentials:
        box = box_of(of.settings, of.source)
        try:
            return read_credentials(json.loads(open_secret(self.reader_keys, of.site_id, of.source, box or "")))
        except (CannotOpen, ValueError, AttributeError):
            raise PollFailed(SourceState.UNREADABLE_SECRET) from None


def digest_of(order: PolledOrder, contacts: Contacts) -> str:
    """A keyed digest of all that a report of the order says: nobody can try phone numbers on it."""
    content = repr(order).encode() + f"|{order.email}|{order.phone}".encode()
    return hmac.digest(contacts.pepper.key, content, "sha256").hex()


async def _customers(tools: XmlTools, numbers: Iterable[str]) -> dict[str, PolledCustomer]:
    wanted = sorted({int(number) for number in numbers if number.isascii() and number.isdecimal() and len(number) <= 12})
    found: dict[str, PolledCustomer] = {}
    for numbered in ranges_of(wanted):
        for customer in await tools.customers(numbered):
            found[customer.number] = customer
    return found


def ranges_of(numbers: Sequence[int]) -> list[Numbers]:
    """As few ranges as hold those numbers, in rising order, without asking for many others."""
    ranges: list[Numbers] = []
    for number in numbers:
        if ranges and number - ranges[-1].last <= WIDEST_GAP:
            ranges[-1] = Numbers(ranges[-1].first, number)
        else:
            ranges.append(Numbers(number, number))
    return ranges
