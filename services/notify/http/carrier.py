"""Routes for carriers: reports on attempts, and replies from handsets."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from services.notify.addresses import Addresses
from services.notify.channels.sms.twilio import is_signed
from services.notify.delivery.reconciliation import Callback, apply_callback
from services.notify.delivery.results import ResultWriter
from services.notify.delivery.senders import pepper_of, senders_of
from services.notify.metrics import NotifyMetrics
from services.notify.opt_in.replies import Inbound, apply_reply
from services.notify.storage.protocols import Database
from shared.events.envelope import ContactKind
from shared.events.settings import SiteConfigured
from shared.runtime import tracing
from shared.runtime.clock import Clock
from shared.runtime.http import untrusted
from shared.runtime.http.untrusted import storable, text, whole_number
from shared.runtime.security.sealing import Pepper, ReaderKeys, ReaderPublicKey, UnreadableContact, normalise, seal_contact

LONGEST_FORM = 64 * 1024
FORM_SECONDS = 10.0
MOST_FIELDS = 200
LONGEST_ID = 128
LARGEST_CODE = 999_999
SIGNATURE = "X-Twilio-Signature"
_SIGNATURE = re.compile(r"[A-Za-z0-9+/]{27}=")  # base64 of an HMAC-SHA1
EMPTY_TWIML = "<?xml version='1.0' encoding='UTF-8'?><Response/>"
LATER = {"Retry-After": "5"}


@dataclass(frozen=True)
class CarrierHttp:
    """Handlers and what they need."""

    database: Database
    keys: ReaderKeys
    own_key: ReaderPublicKey
    console_key: ReaderPublicKey
    addresses: Addresses
    clock: Clock
    new_id: Callable[[], str]
    committed: Callable[[], None]
    metrics: NotifyMetrics

    async def callback(self, request: Request) -> Response:
        """A carrier's report on one attempt: signed by the site's token, at an address that only we could make."""
        site_id: UUID = request.path_params["site_id"]
        attempt_id = request.path_params["attempt_id"]
        if not self.addresses.is_mac(site_id, attempt_id, request.path_params["mac"]):
            return self._refused("bad_address")
        if (form := await read_signed_form(request)) is None:
            return self._refused("bad_signature")
        async with self.database.transaction() as store:
            site = await store.site(site_id)
            if site is None or not self._is_signed(request, form, site):
                return self._refused("bad_signature")
            attempt = await store.attempts.lock_attempt(site_id, attempt_id)
            callback = Callback(
                text(form.get("MessageSid"), LONGEST_ID) or "",
                form.get("MessageStatus", ""),
                whole_number(form.get("ErrorCode"), 1, LARGEST_CODE),
            )
            results, now = ResultWriter(self.new_id), self.clock.now()
            with tracing.go_on("apply a carrier's report", None if attempt is None else attempt.cause_span):
                known = attempt is not None and await apply_callback(store, attempt, callback, results, now)
        self.committed()
        self.metrics.callbacks.labels("applied" if known else "unknown").inc()
        return Response(status_code=204)

    async def inbound(self, request: Request) -> Response:
        """A reply. It is answered 200 only once what it changes is stored."""
        site_id: UUID = request.path_params["site_id"]
        if (form := await read_signed_form(request)) is None:
            return self._refused("bad_signature")
        async with self.database.transaction() as store:
            site = await store.site(site_id)
            if site is None or not self._is_signed(request, form, site):
                return self._refused("bad_signature")
            if (pepper := pepper_of(site, self.keys)) is None:
                # A STOP must not be lost because its site is not known yet: the carrier tries again.
                self.metrics.replies.labels("no_pepper").inc()
                return Response(status_code=503, headers=LATER)
            reply = self._read_reply(form, site, pepper)
            handled = None if reply is None else await apply_reply(reply, store, self.new_id, self.console_key)
        self.committed()
        if handled is not None and handled.kept_back:
            self.metrics.answers_kept_back.labels(handled.meaning.value).inc()
        meaning = "repeated" if handled is None else handled.meaning.value
        self.metrics.replies.labels("unreadable" if reply is None else meaning).inc()
        return Response(EMPTY_TWIML, media_type="text/xml")

    def _refused(self, outcome: str) -> Response:
        self.metrics.callbacks.labels(outcome).inc()
        return Response(status_code=403)

    def _is_signed(self, request: Request, form: dict[str, str], site: SiteConfigured) -> bool:
        """Over the address that the carrier called, which is our public one, whatever a proxy made of it."""
        address = f"{self.addresses.public}{request.scope['path']}"
        signature = request.headers.get(SIGNATURE, "")
        return any(is_signed(sender.auth_token, address, form, signature) for sender in senders_of(site, self.keys))

    def _read_reply(self, form: dict[str, str], site: SiteConfigured, pepper: Pepper) -> Inbound | None:
        # The signature is over the form as it came; from here on it is read as what any database takes.
        message_id, sender = text(form.get("MessageSid"), LONGEST_ID), text(form.get("From"), LONGEST_ID)
        if message_id is None or sender is None:
            return None
        try:
            number = normalise(ContactKind.PHONE, sender)
        except UnreadableContact:
            return None  # no number that we could ever have written to
        contact = seal_contact(self.own_key, pepper, site.site_id, ContactKind.PHONE, number)
        return Inbound(site, message_id, contact, storable(form.get("Body", "")), self.clock.now())


async def read_signed_form(request: Request) -> dict[str, str] | None:
    """The fields of a form, None for what is unsigned, too large, too slow or no form.

    Without something that could be a signature nobody is worth a body, and nobody a query. The length is counted,
    whatever a header claims.
    """
    if not _SIGNATURE.fullmatch(request.headers.get(SIGNATURE, "")):
        return None
    body = bytearray()
    try:
        async with asyncio.timeout(FORM_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LONGEST_FORM:
                    return None
        return dict(untrusted.read_form(bytes(body), MOST_FIELDS))
    except (ValueError, TimeoutError, ClientDisconnect):
        return None
