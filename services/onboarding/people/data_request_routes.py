"""A shopper's request for their data: asked of every service at once, shown as it comes in, and downloaded as one file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.onboarding.accounts.sessions import SignedIn
from services.onboarding.events import person_data_requested_event
from services.onboarding.people.data_requests import (
    ANSWERING,
    KEPT,
    MOST_A_DAY,
    REUSED_WITHIN,
    DataRequest,
    WholeAnswer,
    completed_at,
    state_of,
    theirs,
    whole_answers,
    whole_export,
)
from services.onboarding.people.replies import ReplyReader
from services.onboarding.storage.accounts import AccountStore, Site
from services.onboarding.storage.data_requests import DataRequestStore
from services.onboarding.web.pages import NotFound, Web, bearer_of, found
from shared.events.envelope import Recipient
from shared.runtime.ids import new_uuid7
from shared.runtime.postgres.pool import Transaction
from shared.runtime.security.sealed_answers import keys_of_request, new_request_key, open_answer
from shared.runtime.security.sealing import CannotOpen, ReaderKeys, open_secret, seal_secret

A_DAY = timedelta(days=1)
SHOWN_ROWS = 100
NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True)
class Found:
    """A request, the answers that are whole, and those opened."""

    site: Site
    request: DataRequest
    answers: Mapping[str, WholeAnswer]
    opened: Mapping[str, Any]


class DataRequests:
    """Makes requests and opens their answers. ``keys`` are the console's own: they open the key that each request has."""

    def __init__(self, keys: ReaderKeys) -> None:
        self._keys = keys

    async def ask(
        self, tx: Transaction, who: SignedIn, site: Site, recipients: Sequence[Recipient], now: datetime
    ) -> DataRequest | None:
        """A request for these contacts of one person: one that was just made, or a new one. None after too many in a day."""
        store, indexes = DataRequestStore(tx), tuple(sorted({each.index for each in recipients}))
        made = await store.latest_of(site.site_id, indexes, now - REUSED_WITHIN)
        if made is not None:
            return made
        if await store.count_since(site.site_id, now - A_DAY) >= MOST_A_DAY:
            return None
        private, public = new_request_key()
        request_id = new_uuid7()
        key_box = seal_secret(self._keys.public_key(), site.site_id, _name_of(request_id), private)
        request = DataRequest(request_id, recipients[0].kind.value, indexes, now, who.email, key_box)
        await store.add(site.site_id, request)
        asked_for = tuple({each.index: each for each in recipients}.values())
        asked = person_data_requested_event(request_id, site.site_id, asked_for, public, now)
        await AccountStore(tx).emit([asked])
        return request

    async def find(self, tx: Transaction, site: Site, request_id: UUID, now: datetime) -> Found | None:
        """A request of this site with what has been answered."""
        store = DataRequestStore(tx)
        request = await store.request(site.site_id, request_id, now)
        if request is None:
            return None
        answers = whole_answers(await store.answers(site.site_id, request_id))
        return Found(site, request, answers, self._open(site.site_id, request, answers))

    def _open(self, site_id: UUID, request: DataRequest, answers: Mapping[str, WholeAnswer]) -> dict[str, Any]:
        try:
            keys = keys_of_request(open_secret(self._keys, site_id, _name_of(request.request_id), request.key_box))
        except CannotOpen:
            return {}  # the console's own key was replaced: the merchant asks anew
        opened = {}
        for service, answer in answers.items():
            try:
                opened[service] = open_answer(keys, site_id, request.request_id, service, answer.boxes)
            except CannotOpen:
                continue
        return opened


class DataRequestPages:
    """A request is known by its random id alone: no contact is in an address."""

    def __init__(self, web: Web, requests: DataRequests, replies: ReplyReader) -> None:
        self._web = web
        self._requests = requests
        self._replies = replies

    def routes(self) -> list[Route]:
        """Their addresses."""
        web, one = self._web, "/sites/{site_id:uuid}/people/requests/{request_id:uuid}"
        return [
            Route(one, web.signed_in(self.show), methods=["GET"]),
            Route(f"{one}/export", web.signed_in(self.export), methods=["GET"]),
            Route(f"/api{one}", web.signed_in(self.api_show), methods=["GET"]),
            Route(f"/api{one}/export", web.signed_in(self.export), methods=["GET"]),
        ]

    async def show(self, request: Request, who: SignedIn) -> Response:
        """What is known of a person, as far as it has come in."""
        async with self._web.site_transaction(who, request) as (tx, site):
            asked = await self._find(tx, site, request)
            own = await self._own(tx, who, asked)
        return self._web.page(
            "data_request.html",
            signed_in=who,
            site=asked.site,
            asked=asked.request,
            answering=ANSWERING,
            answers=asked.answers,
            completed_at=completed_at(asked.answers),
            orders=asked.opened.get("orders"),
            messages=asked.opened.get("notify"),
            own=own,
            kept_days=KEPT.days,
            shown=SHOWN_ROWS,
        )

    async def api_show(self, request: Request, who: SignedIn) -> Response:
        """Who has answered a request, and whether it is complete."""
        async with self._web.site_transaction(who, request) as (tx, site):
            asked = await self._find(tx, site, request)
        return JSONResponse(state_of(asked.request, asked.answers), headers=NO_STORE)

    async def export(self, request: Request, who: SignedIn) -> Response:
        """Everything that is known of a person in one file, with whether it is complete."""
        now = self._web.clock.now()
        if bearer_of(request) is None and not self._web.comes_from_us(request):
            raise NotFound  # a link on somebody else's page opens no reply in a merchant's name
        async with self._web.site_transaction(who, request) as (tx, site):
            asked = await self._find(tx, site, request)
            own = await self._own(tx, who, asked)
            indexes = theirs(asked.opened, asked.request)[1]
            own["replies"] = await self._replies.open_all_of(tx, who, asked.site, indexes, now)
        headers = {**NO_STORE, "Content-Disposition": 'attachment; filename="person.json"'}
        return JSONResponse(whole_export(asked.request, asked.answers, asked.opened, own), headers=headers)

    async def _find(self, tx: Transaction, site: Site, request: Request) -> Found:
        return found(await self._requests.find(tx, site, request.path_params["request_id"], self._web.clock.now()))

    async def _own(self, tx: Transaction, who: SignedIn, found: Found) -> dict[str, Any]:
        visitors, indexes = theirs(found.opened, found.request)
        return await DataRequestStore(tx).own_part(who.account_id, found.site.site_id, visitors, indexes)


def _name_of(request_id: UUID) -> str:
    return f"person-data-{request_id}"
