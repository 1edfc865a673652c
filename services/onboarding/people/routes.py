"""People: found by a contact that is typed, turned into an index and forgotten; suppressed, exported, erased. And opt-outs."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.onboarding.accounts.sessions import SignedIn
from services.onboarding.events import contact_erased_events, contact_suppressed_event
from services.onboarding.people.contacts import MOST_LINES, OptOutList, read_opt_outs, recipient_of, recipients_of
from services.onboarding.people.data_request_routes import DataRequests
from services.onboarding.people.data_requests import MOST_A_DAY, DataRequest
from services.onboarding.people.erasure import erase
from services.onboarding.results.timelines import entry_of
from services.onboarding.shop.sites import Fault
from services.onboarding.shop_pages.parsing import LISTS
from services.onboarding.storage.accounts import AccountStore, Site
from services.onboarding.storage.data_requests import DataRequestStore
from services.onboarding.storage.people import PeopleStore, Person
from services.onboarding.storage.replies import ReplyStore
from services.onboarding.web.forms import read_form
from services.onboarding.web.pages import Web
from shared.events.envelope import Recipient, to_wire_time
from shared.events.merchant import ContactErased
from shared.runtime.postgres.pool import Transaction
from shared.runtime.security.sealing import Pepper, UnreadableContact

MOST_BAD_LINES_SHOWN = 200
MOST_PROVEN = 4


@dataclass(frozen=True)
class Found:
    """Whom a merchant asked for. ``also`` is whom the same text may mean: found, suppressed and erased with the first.

    ``proven`` are other contacts that the merchant knows to be of the same person, for a request for their data.
    """

    recipient: Recipient
    person: Person
    also: tuple[Recipient, ...] = ()
    proven: tuple[Recipient, ...] = ()


class PeoplePages:
    """Every request that names a contact is a POST: addresses of pages are logged and kept by browsers, bodies are not."""

    def __init__(self, web: Web, requests: DataRequests) -> None:
        self._web = web
        self._requests = requests

    def routes(self) -> list[Route]:
        """Their addresses."""
        web, people = self._web, "/sites/{site_id:uuid}/people"
        return [
            Route(people, web.signed_in(self.show), methods=["GET"]),
            Route(people, web.signed_in(self.search), methods=["POST"]),
            Route(f"{people}/suppress", web.signed_in(self.suppress), methods=["POST"]),
            Route(f"{people}/export", web.signed_in(self.export), methods=["POST"]),
            Route(f"{people}/erase", web.signed_in(self.erase), methods=["POST"]),
            Route(f"{people}/opt-outs", web.signed_in(self.bring_opt_outs), methods=["POST"]),
            Route(f"/api{people}", web.signed_in(self.api_show), methods=["GET"]),
        ]

    async def show(self, request: Request, who: SignedIn) -> Response:
        """The page with an empty search."""
        async with self._web.site_transaction(who, request) as (tx, site):
            return await self._page(tx, who, site)

    async def api_show(self, request: Request, who: SignedIn) -> Response:
        """How many people are on the list of opt-outs, and when it was brought."""
        async with self._web.site_transaction(who, request) as (tx, site):
            stated_at = await PeopleStore(tx).opt_outs_stated_at(site.site_id)
            count = await PeopleStore(tx).count_opt_outs(who.account_id)
        body = {"opt_outs": count, "stated_at": stated_at and to_wire_time(stated_at)}
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    async def search(self, request: Request, who: SignedIn) -> Response:
        """What is known of one person."""
        async with self._web.site_transaction(who, request) as (tx, site):
            found = await self._find(tx, who, site, request)
            if isinstance(found, Response):
                return found
            asked = await self._requests.ask(tx, who, site, (found.recipient, *found.proven), self._web.clock.now())
            page = await self._page(tx, who, site, request=request, found=found, asked=asked)
        self._web.committed()
        return page

    async def suppress(self, request: Request, who: SignedIn) -> Response:
        """Suppress a contact: no shop of the account ever sends to it again."""
        now = self._web.clock.now()
        async with self._web.site_transaction(who, request) as (tx, site):
            found = await self._find(tx, who, site, request)
            if isinstance(found, Response):
                return found
            await add_opt_outs(tx, who.account_id, site.site_id, (found.recipient, *found.also), now)
        self._web.committed()
        return await self.search(request, who)

    async def export(self, request: Request, who: SignedIn) -> Response:
        """Ask every service for what it has about them: a page shows what has come in, and offers the file."""
        async with self._web.site_transaction(who, request) as (tx, site):
            found = await self._find(tx, who, site, request)
            if isinstance(found, Response):
                return found
            asked = await self._requests.ask(tx, who, site, (found.recipient, *found.proven), self._web.clock.now())
            if asked is None:
                sentence = f"{MOST_A_DAY} requests were made within a day. Go on tomorrow."
                return await self._page(tx, who, site, status=422, faults=[Fault("contact", sentence)])
        self._web.committed()
        return self._web.go(f"/sites/{site.site_id}/people/requests/{asked.request_id}")

    async def erase(self, request: Request, who: SignedIn) -> Response:
        """Erase a person: here at once, and by an event everywhere else. An opt-out outlives it."""
        now = self._web.clock.now()
        async with self._web.site_transaction(who, request) as (tx, site):
            found = await self._find(tx, who, site, request)
            if isinstance(found, Response):
                return found
            await order_erasure(tx, who.account_id, found, now)
        self._web.committed()
        text = "Their data is being removed everywhere. If they opted out, that stays known, by a code that names nobody."
        return self._web.page("message.html", signed_in=who, site=site, title="Erased", text=text)

    async def bring_opt_outs(self, request: Request, who: SignedIn) -> Response:
        """A list from elsewhere, or the statement that there is none. Each line is counted once."""
        form, now = await read_form(request), self._web.clock.now()
        async with self._web.site_transaction(who, request) as (tx, site):
            pepper = await AccountStore(tx).pepper_of(who.account_id)
        text = form.get("list", "")
        if len(text.splitlines()) > MOST_LINES or (not text.strip() and form.get("none") != "yes"):
            sentence = f"Paste between one and {MOST_LINES:,} lines, or say that nobody has opted out yet."
            return await self._faulty(who, site, Fault("list", sentence))
        # Reading 20,000 numbers takes seconds: in a thread, so that other pages answer meanwhile, and with no transaction open.
        read = await LISTS.parse(read_opt_outs, text, site.settings.country, pepper)
        async with self._web.transaction_of(who) as tx:
            await add_opt_outs(tx, who.account_id, site.site_id, read.recipients + read.also, now)
            if read.recipients or form.get("none") == "yes":
                await PeopleStore(tx).state_opt_outs(site.site_id, now)
            page = await self._page(tx, who, site, read=read)
        self._web.committed()
        return page

    async def _find(self, tx: Transaction, who: SignedIn, site: Site, request: Request) -> Found | Response:
        form = await read_form(request)
        pepper = await AccountStore(tx).pepper_of(who.account_id)
        try:
            recipient, *also = recipients_of(form.get("contact", "")[:320], site.settings.country, pepper)
        except UnreadableContact as unreadable:
            return await self._page(tx, who, site, status=422, faults=[Fault("contact", f"Look again: {unreadable}.")])
        try:
            proven = proven_contacts(form.get("also", ""), site.settings.country, pepper)
        except UnreadableContact as unreadable:
            return await self._page(tx, who, site, status=422, faults=[Fault("also", f"Look again: {unreadable}.")])
        indexes = (each.index for each in (recipient, *also))
        person = await PeopleStore(tx).person(who.account_id, site.site_id, *indexes)
        return Found(recipient, person, tuple(also), proven)

    async def _faulty(self, who: SignedIn, site: Site, fault: Fault) -> Response:
        async with self._web.transaction_of(who) as tx:
            return await self._page(tx, who, site, status=422, faults=[fault])

    async def _page(
        self,
        tx: Transaction,
        who: SignedIn,
        site: Site,
        *,
        request: Request | None = None,
        found: Found | None = None,
        read: OptOutList | None = None,
        asked: DataRequest | None = None,
        status: int = 200,
        faults: list[Fault] | None = None,
    ) -> Response:
        store = PeopleStore(tx)
        form = {} if request is None else await read_form(request)
        return self._web.page(
            "people.html",
            status,
            json=search_json(found, read, asked),
            signed_in=who,
            site=site,
            faults=faults or [],
            contact=form.get("contact", ""),
            also=form.get("also", ""),
            person=None if found is None else found.person,
            ledger=[] if found is None else ledger_of(found.person),
            read=read,
            asked=asked,
            made=await DataRequestStore(tx).latest(site.site_id, self._web.clock.now()),
            replies=[] if found is None else await ReplyStore(tx).of_recipients(site.site_id, [found.recipient.index]),
            bad=[] if read is None else read.bad[:MOST_BAD_LINES_SHOWN],
            opt_outs=await store.count_opt_outs(who.account_id),
            stated_at=await store.opt_outs_stated_at(site.site_id),
        )


def proven_contacts(text: str, region: str, pepper: Pepper) -> tuple[Recipient, ...]:
    """Contacts separated by commas, semicolons or lines: no more than a person has. Raises ``UnreadableContact``."""
    parts = [part for part in re.split(r"[,;\n]", text[:2000]) if part.strip()]
    if len(parts) > MOST_PROVEN:
        raise UnreadableContact(f"these are more than {MOST_PROVEN} numbers and addresses")
    return tuple(recipient_of(part[:320], region, pepper) for part in parts)


def search_json(found: Found | None, read: OptOutList | None, asked: DataRequest | None) -> dict[str, Any] | None:
    """A search as JSON: a person, or the result of a list."""
    if found is not None:
        return exported(found.person, asked)
    if read is None:
        return None
    bad = [{"line": line.number, "remedy": line.sentence} for line in read.bad]
    return {"read": len(read.recipients), "repeated": read.repeated, "bad_lines": bad}


async def add_opt_outs(
    tx: Transaction, account_id: UUID, site_id: UUID, recipients: tuple[Recipient, ...], now: datetime
) -> None:
    """Store opt-outs, and emit an event for each."""
    await PeopleStore(tx).add_opt_outs(account_id, recipients, now)
    await AccountStore(tx).emit([contact_suppressed_event(site_id, account_id, each, now) for each in recipients])


async def order_erasure(tx: Transaction, account_id: UUID, found: Found, now: datetime) -> None:
    """Erase a person in every shop of the account, and emit an event for each contact and each browser that it was bound to."""
    recipients = (found.recipient, *found.also)
    events: list[ContactErased] = []
    for site_id in await AccountStore(tx).site_ids_of(account_id):
        person = await PeopleStore(tx).person(account_id, site_id, *(each.index for each in recipients))
        events += contact_erased_events(site_id, recipients, person.visitor_ids, now)
        await erase(tx, site_id, person.visitor_ids, [each.index for each in recipients], now)
    await AccountStore(tx).emit(events)


def ledger_of(person: Person) -> list[Any]:
    """Opt-in requests and their answers, as timeline entries."""
    return [entry_of(event, datetime.fromisoformat(event["received_at"])) for event in person.events]


def exported(person: Person, asked: DataRequest | None) -> dict[str, Any]:
    """A person as JSON: what is stored here, and the request by which everything else is asked for."""
    return {
        "opted_out_at": None if person.opted_out_at is None else person.opted_out_at.isoformat(),
        "events": list(person.events),
        "visitor_ids": list(person.visitor_ids),
        "carts": list(person.carts),
        "request_id": None if asked is None else str(asked.request_id),
    }
