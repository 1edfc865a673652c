"""The answer of notify to a request for a person's data: opt-ins with their wording, messages and refusals."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.notify.events import data_collected_events
from services.notify.storage.protocols import Store
from services.notify.storage.recipient_protocols import PersonData
from shared.events.envelope import ContactKind, SealedContact
from shared.events.markers import PersonResolved
from shared.runtime.security.outbound import Forbidden, host_of
from shared.runtime.security.sealed_answers import Rows, newest, plain_rows, seal_answer
from shared.runtime.security.sealing import CannotOpen, ReaderKeys, open_contact

ANSWERED_WITHIN = timedelta(days=7)
"""As long as answers are kept: an older request, met where a log is read anew, has nobody any more who could open one."""
OF_THE_TICK = (
    *("occurred_at", "channel", "purpose", "text_hash", "text_version", "box_state", "source"),
    *("page_path", "locale", "time_zone", "visitor_id"),
)
NOT_OF_THE_BROWSER = ("page_path", "locale", "time_zone", "visitor_id")
CANNOT_BE_OPENED = "(sealed with a key that is gone)"


async def apply_person_resolved(event: PersonResolved, store: Store, keys: ReaderKeys, now: datetime) -> None:
    """Answer about whom orders has resolved: everything that the shop reported before the request is applied."""
    if now - event.received_at > ANSWERED_WITHIN:
        return
    answer = await answer_about(event, store.person_data, keys)
    boxes = seal_answer(event.reader_key, event.site_id, event.request_id, "notify", answer)
    await store.emit(data_collected_events(event, boxes, now))


async def answer_about(event: PersonResolved, rows: PersonData, keys: ReaderKeys) -> dict[str, Any]:
    """All that notify keeps of a person."""
    site_id, visitors = event.site_id, list(event.visitor_ids)
    indexes = [identity.index for identity in event.identities]
    lists: dict[str, Rows] = {
        "opt_ins": [opt_in_answer(row, site_id, keys) for row in await rows.opt_ins(site_id, visitors, indexes)],
        "consents": [consent_answer(row, site_id, keys) for row in await rows.consents(site_id, visitors, indexes)],
        "consents_of_what_was_erased": plain_rows(await rows.receipts(site_id, indexes)),
        "messages": plain_rows(await rows.messages(site_id, visitors, indexes)),
        "saved_carts_of_links": plain_rows(await rows.links(site_id, visitors)),
        "reminders_due": plain_rows(await rows.due(site_id, visitors)),
        "questions": plain_rows(await rows.questions(site_id, indexes)),
        "refusals_in_the_shop": plain_rows(await rows.refusals(site_id, visitors, indexes)),
        "refusals_by_reply_or_merchant": plain_rows(await rows.suppressions(site_id, indexes)),
    }
    return newest(lists)


def opt_in_answer(row: Mapping[str, Any], site_id: UUID, keys: ReaderKeys) -> dict[str, Any]:
    """A binding with its contact opened. Of somebody else's browser, only that the number was given in it."""
    left_out = {"own", "box", "recipient_kind", "recipient_index"} | (set() if row["own"] else {"visitor_id", "time_zone"})
    sealed = SealedContact(kind=ContactKind(row["recipient_kind"]), index=row["recipient_index"], box=row["box"])
    values = {name: value for name, value in dict(row).items() if name not in left_out}
    return {**plain_rows([values])[0], "contact": opened(sealed, site_id, keys)}


def consent_answer(row: Mapping[str, Any], site_id: UUID, keys: ReaderKeys) -> dict[str, Any]:
    """The evidence. Of somebody else's browser no more than that, when, and to which text somebody agreed."""
    evidence = row["evidence"]
    values = {name: evidence.get(name) for name in OF_THE_TICK if row["own"] or name not in NOT_OF_THE_BROWSER}
    sealed = ("contact", "ip", "user_agent") if row["own"] else ("contact",)
    contacts = {
        name: opened(SealedContact.model_validate(evidence[name]), site_id, keys) for name in sealed if evidence.get(name)
    }
    return {**values, **contacts, "wording": row["wording"]}


def opened(contact: SealedContact, site_id: UUID, keys: ReaderKeys) -> str:
    """A contact as its owner gave it; of a push subscription the service alone, for its address opens the way to a screen."""
    try:
        text = open_contact(keys, site_id, contact)
    except CannotOpen:
        return CANNOT_BE_OPENED
    if contact.kind is not ContactKind.PUSH_ENDPOINT:
        return text
    try:
        return host_of(json.loads(text)["endpoint"])
    except (ValueError, KeyError, TypeError, Forbidden):
        return CANNOT_BE_OPENED
