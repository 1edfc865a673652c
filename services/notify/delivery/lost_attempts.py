"""Lost attempts: a restored database does not know what the log has granted since its backup.

Whoever was granted may have been called. So a grant for an attempt that is not there stands for a message that may have gone
out, and nothing of its cause goes out again. In every other case an attempt is stored before it asks, and long after its grant
has left the log.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.notify import events
from services.notify.rules.attempts import Attempt, AttemptState
from services.notify.storage.protocols import Store
from shared.events.envelope import Channel
from shared.events.message import MessageKind
from shared.events.nudge import NudgeGranted, QuestionGranted

NOBODY = UUID(int=0)


async def record_if_lost(store: Store, grant: NudgeGranted | QuestionGranted, now: datetime) -> bool:
    """Record an attempt that this database has lost, and end its nudge; False where the attempt is known."""
    if await store.attempts.lock_attempt(grant.site_id, grant.attempt_id) is not None:
        return False
    lost = _lost(grant, now)
    await store.attempts.withdraw_others(lost)
    if await store.attempts.add_lost(lost) and isinstance(grant, NudgeGranted):
        await store.nudges.end(grant.site_id, grant.nudge_id)
        await store.emit([events.unresolved_event(lost, now, given_up=True)])
    return True


def _lost(grant: NudgeGranted | QuestionGranted, now: datetime) -> Attempt:
    """An attempt whose result nobody will ever know, to a recipient whom nobody knows any more."""
    question = Attempt(
        site_id=grant.site_id,
        attempt_id=grant.attempt_id,
        account_id=NOBODY,
        kind=MessageKind.QUESTION,
        channel=Channel.SMS,  # also of a push: an unresolved push might be repeated
        cause="",
        nudge_id=None,
        cart_id=None,
        visitor_id=None,
        recipient_kind="phone",
        recipient_index="",
        box="",
        body=None,
        link_id=None,
        state=AttemptState.UNRESOLVED,
        try_number=1,
        send_before=now,
        given_up=True,
    )
    if isinstance(grant, QuestionGranted):
        return replace(question, cause=str(grant.consent_event_id), visitor_id=grant.visitor_id)
    cause, cart_id = grant.nudge_id, grant.cart_id
    return replace(question, kind=MessageKind.REMINDER, cause=str(cause), nudge_id=cause, cart_id=cart_id)
