"""Check of a shop as a browser sees it: its first page, its cart and a product, and its worker file."""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.onboarding.shop_pages.findings import Findings, PageError, WorkerState
from services.onboarding.shop_pages.page_histories import PageCheck, PageHistory, PageKind, paths_due
from services.onboarding.shop_pages.page_names import names_on
from services.onboarding.shop_pages.page_pictures import picture_hosts_on
from services.onboarding.shop_pages.parsing import PAGES
from services.onboarding.shop_pages.shop_links import Links, links_in
from services.onboarding.shop_pages.shop_page import PageFindings, read_page
from shared.events.settings import SiteConfigured
from shared.runtime.security.outbound import Answer, Forbidden, Interrupted, NotReached, Outbound
from shared.runtime.settings import Profile

SECONDS = 6.0
LARGEST_PAGE = 1_000_000
MOST_CONNECTIONS = 60
WORKER_VERSION = 1
_LOCAL = re.compile(r"([a-z0-9-]+\.localhost):(\d{2,5})\Z")
_WORKER = re.compile(r"^// Beckon's worker, version (\d{1,4})$", re.MULTILINE)
_SCRIPT_TYPES = ("text/javascript", "application/javascript", "application/x-javascript")


class Fetcher(Protocol):
    """Gets one address of a shop."""

    async def get(self, host: str, path: str) -> Answer:
        """The answer of one address. Raises ``Forbidden``, ``NotReached`` or ``Interrupted``."""
        ...


class ShopFetcher:
    """Gets addresses over TLS, from public hosts alone. In the demo a shop on this machine is reached too."""

    def __init__(self, profile: Profile) -> None:
        self._public = Outbound(most_connections=MOST_CONNECTIONS)
        self._demo = profile is Profile.DEMO

    async def get(self, host: str, path: str) -> Answer:
        """One GET, no redirects, cut to the limit."""
        headers = {"Host": host, "Accept": "text/html,*/*", "User-Agent": "Beckon set-up"}
        local = _LOCAL.fullmatch(host) if self._demo else None
        if local is None:
            return await self._public.request(
                "GET", f"https://{host}{path}", headers=headers, seconds=SECONDS, most_bytes=LARGEST_PAGE
            )
        outbound = Outbound(instead={local[1]: f"http://127.0.0.1:{local[2]}"}, most_connections=1)
        try:
            return await outbound.request(
                "GET", f"https://{local[1]}{path}", headers=headers, seconds=SECONDS, most_bytes=LARGEST_PAGE
            )
        finally:
            await outbound.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._public.close()


async def check_shop(
    site: SiteConfigured,
    fetcher: Fetcher,
    ingest: str,
    known: Sequence[PageHistory],
    now: datetime,
    cart_seen: str | None = None,
) -> Findings:
    """The first page of the shop's first host, the pages that it leads to and that are due, and the worker file there."""
    host = site.hosts[0]
    answer = await _page(host, "/", fetcher)
    if isinstance(answer, PageError):
        return Findings(answer, PageFindings(), None)
    page, links = await PAGES.parse(_read_first, answer.body, answer.headers, site.site_keys, ingest, host)
    due = paths_due(known, links, host, now, cart_seen)
    checks = asyncio.gather(*(_further(site, host, kind, path, fetcher) for kind, path in due))
    worker, further = await asyncio.gather(_worker(site, host, fetcher), checks)
    return Findings(None, page, worker, tuple(further))


def _read_first(
    body: bytes, headers: Mapping[str, str], own_keys: Iterable[str], ingest: str, host: str
) -> tuple[PageFindings, Links]:
    return read_page(body, headers, own_keys, ingest), links_in(body, host)


async def _page(host: str, path: str, fetcher: Fetcher) -> Answer | PageError:
    try:
        answer = await fetcher.get(host, path)
    except NotReached as error:
        return PageError.NO_TLS if str(error) == "tls" else PageError.NOT_REACHED
    except (Forbidden, Interrupted):
        return PageError.NOT_REACHED
    if 300 <= answer.status < 400:
        return PageError.MOVED
    return answer if answer.status == 200 else PageError.REFUSED


async def _further(site: SiteConfigured, host: str, kind: PageKind, path: str, fetcher: Fetcher) -> PageCheck:
    answer = await _page(host, path, fetcher)
    if isinstance(answer, PageError):
        return PageCheck(kind, path, answer.value)
    page = await PAGES.parse(read_page, answer.body, answer.headers, site.site_keys, "")
    return PageCheck(kind, path, has_code=not set(page.keys).isdisjoint(site.site_keys))


async def _worker(site: SiteConfigured, host: str, fetcher: Fetcher) -> WorkerState | None:
    if site.worker_path is None:
        return None
    try:
        answer = await fetcher.get(host, site.worker_path)
    except (Forbidden, NotReached, Interrupted):
        return WorkerState.MISSING
    return judge_worker(answer)


def judge_worker(answer: Answer) -> WorkerState:
    """The state of a worker file: a browser takes one only from the page's own origin, without redirects, as a script."""
    if 300 <= answer.status < 400:
        return WorkerState.WRONG_HOST
    if answer.status != 200:
        return WorkerState.MISSING
    if answer.headers.get("content-type", "").partition(";")[0].strip().lower() not in _SCRIPT_TYPES:
        return WorkerState.WRONG_TYPE
    version = _WORKER.search(answer.body[:200].decode("utf-8", "replace"))
    if version is None:
        return WorkerState.NOT_OURS
    return WorkerState.GOOD if int(version[1]) >= WORKER_VERSION else WorkerState.OLD


@dataclass(frozen=True)
class ShownProducts:
    """What a page of the shop names, as it is compared, and where its products' pictures are."""

    names: frozenset[str] = frozenset()
    picture_hosts: frozenset[str] = frozenset()


async def products_at(host: str, path: str, fetcher: Fetcher) -> ShownProducts:
    """What a page of the shop shows; nothing where it cannot be read."""
    answer = await _page(host, path, fetcher)
    return ShownProducts() if isinstance(answer, PageError) else await PAGES.parse(_products_on, answer.body)


def _products_on(page: bytes) -> ShownProducts:
    return ShownProducts(names_on(page), picture_hosts_on(page))
