"""Replies from handsets: what they change, and the one answer each gets."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never
from uuid import UUID

from services.notify import events
from services.notify.opt_out import opt_out
from services.notify.rules.attempts import Attempt, AttemptState
from services.notify.rules.budgets import may_answer
from services.notify.rules.keywords import LONGEST, Reply, meaning_of, test_code_in, written_by_shopper
from services.notify.rules.opt_in import ASK_EVERY, ASK_WITHIN
from services.notify.storage.protocols import Store
from services.notify.storage.recipient_protocols import Question
from shared.events.envelope import Channel, Recipient, SealedContact, envelope
from shared.events.identifiers import derived_event_id
from shared.events.message import MessageKind, ReplyReceived
from shared.events.reasons import Reason
from shared.events.settings import SiteConfigured
from shared.messages import rendering
from shared.runtime.security.sealing import ReaderPublicKey, reply_name, seal_secret

ANSWER_WITHIN = timedelta(minutes=5)
"""One confirmation of a stop, within five minutes (47 CFR 64.1200(a)(12)); the other answers would be as late afterwards."""


@dataclass(frozen=True)
class Inbound:
    """A reply as the carrier delivered it, its sender sealed."""

    site: SiteConfigured
    message_id: str
    sender: SealedContact
    text: str
    received_at: datetime


@dataclass(frozen=True)
class Handled:
    """What a reply meant, and whether its answer was kept back because its number had enough of them today."""

    meaning: Reply
    kept_back: bool


async def apply_reply(reply: Inbound, store: Store, new_id: Callable[[], str], console: ReaderPublicKey) -> Handled | None:
    """Act on a reply, once. None for one that was handled before. What is no keyword is sealed for ``console``.

    A reply is acted upon however often it comes; its answers have a bound.
    """
    site = reply.site
    if not await store.recipients.first_inbound(site.site_id, reply.message_id, reply.received_at):
        return None
    account, index = site.account_id, reply.sender.index
    await store.recipients.lock(account, index)
    meaning = meaning_of(reply.text)
    answer = await _obey(reply, meaning, store, console)
    if answer is None:
        return Handled(meaning, kept_back=False)
    sent = await store.budgets.answers(account, site.site_id, index, meaning.value)
    if not may_answer(sent.today, sent.here_today):
        return Handled(meaning, kept_back=True)
    await store.attempts.open_attempt(_acknowledgement(reply, meaning, answer, new_id()))
    return Handled(meaning, kept_back=False)


async def _obey(reply: Inbound, meaning: Reply, store: Store, console: ReaderPublicKey) -> str | None:
    """Act on a reply. Returns the text of its answer, None where it has none."""
    site, account, index, now = reply.site, reply.site.account_id, reply.sender.index, reply.received_at
    match meaning:
        case Reply.STOP:
            return await _stop(reply, store)
        case Reply.START:
            return rendering.restarted(site.name) if await store.recipients.lift_suppression(account, index, now) else None
        case Reply.YES:
            return await _confirm(reply, store)
        case Reply.HELP:
            return rendering.helped(site.name, next(iter(site.hosts), ""))
        case Reply.OTHER:
            await _pass_on(reply, store, console)
            return None
        case _:
            assert_never(meaning)


async def _stop(reply: Inbound, store: Store) -> str | None:
    """Suppress the recipient. Answered where it is new, and once where a link or a merchant had suppressed before."""
    site, account, index, now = reply.site, reply.site.account_id, reply.sender.index, reply.received_at
    if await opt_out(store, account, index, reply.message_id, "reply", now):
        return rendering.stopped(site.name)
    answered = await store.budgets.answers(account, site.site_id, index, Reply.STOP.value)
    return rendering.stopped(site.name) if answered.ever == 0 else None


async def _pass_on(reply: Inbound, store: Store, console: ReaderPublicKey) -> None:
    """Emit a test code, or whatever else a person wrote, sealed for the merchant, who alone can answer it."""
    site, now = reply.site, reply.received_at
    if (digits := test_code_in(reply.text)) is not None:
        await store.emit([events.test_code_event(site.site_id, reply.message_id, reply.sender, digits, now)])
    elif words := written_by_shopper(reply.text[:LONGEST]):
        last = await store.recipients.last_written(site.site_id, reply.sender.index)
        await store.emit([_received(reply, words, last, console)])


async def _confirm(reply: Inbound, store: Store) -> str | None:
    """A YES confirms the one binding for which the question was sent, and nothing while the number is suppressed.

    Nor where another browser has ticked for this number since two days before the question: whose YES it is would be uncertain.
    A question that never left, or that is long past, is not what was answered; a START within the month asks it anew.
    """
    account, index, now = reply.site.account_id, reply.sender.index, reply.received_at
    suppression = await store.recipients.suppression(account, index)
    asked = await store.recipients.last_question(account, index)
    if asked is None or not asked.is_out or suppression.stands:
        return None
    if now - max(asked.asked_at, suppression.lifted_at or asked.asked_at) > ASK_EVERY:
        return None
    since = asked.asked_at - ASK_WITHIN
    if await store.recipients.is_contested(account, asked.site_id, asked.visitor_id, index, since):
        return await _confirm_nobody(reply, asked, store)
    counts_from = max(asked.asked_at, suppression.lifted_at or asked.asked_at)
    binding = await store.recipients.confirm(asked.site_id, asked.visitor_id, index, counts_from)
    if binding is None:
        return None
    await store.emit([events.contact_confirmed_event(binding, reply.message_id, now)])
    await store.nudges.wake(binding.site_id, binding.visitor_id)
    site = await store.site(binding.site_id)
    return rendering.confirmed(reply.site.name if site is None else site.name)


async def _confirm_nobody(reply: Inbound, asked: Question, store: Store) -> str | None:
    """Another browser ticked for this number too: its owner may have meant that one, so the question is void."""
    binding = await store.consents.binding(asked.site_id, asked.visitor_id, "sms", reply.sender.index)
    if binding is None or binding.state != "asked":
        return None
    await store.consents.set_binding(binding, "refused", Reason.CONTESTED.value, None)
    await store.emit([events.opt_in_event(binding, "refused", Reason.CONTESTED, None, reply.received_at)])
    await store.nudges.wake(binding.site_id, binding.visitor_id)
    return rendering.contested(reply.site.name)


def _acknowledgement(reply: Inbound, meaning: Reply, text: str, attempt_id: str) -> Attempt:
    return Attempt(
        site_id=reply.site.site_id,
        attempt_id=attempt_id,
        account_id=reply.site.account_id,
        kind=MessageKind.ACKNOWLEDGEMENT,
        channel="sms",
        cause=f"{meaning.value}:{reply.message_id}",
        nudge_id=None,
        cart_id=None,
        visitor_id=None,
        recipient_kind=reply.sender.kind.value,
        recipient_index=reply.sender.index,
        box=reply.sender.box,
        body=text,
        link_id=None,
        state=AttemptState.PREPARED,
        try_number=1,
        send_before=reply.received_at + ANSWER_WITHIN,
    )


def _received(reply: Inbound, words: str, last: tuple[str | None, UUID | None], console: ReaderPublicKey) -> ReplyReceived:
    """What a shopper wrote, sealed. ``last`` is the browser and the cart of the last message that went to their number."""
    site_id, now = reply.site.site_id, reply.received_at
    event_id = derived_event_id(site_id, f"reply.received.{reply.message_id}")
    return ReplyReceived(
        **envelope(event_id, site_id, now),
        recipient=Recipient(kind=reply.sender.kind, index=reply.sender.index),
        channel=Channel.SMS,
        visitor_id=last[0],
        cart_id=last[1],
        box=seal_secret(console, site_id, reply_name(event_id), words.encode()),
    )
