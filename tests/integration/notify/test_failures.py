"""What fails for one nudge ends its evaluation, is logged with its trace, counted and shown; the process goes on."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from services.notify.channels.results import Accepted, NotSent, Outcome, Unknown
from services.notify.channels.sms import Listed
from services.notify.delivery.routes import Route
from services.notify.rules.attempts import Attempt, AttemptState
from services.notify.rules.bindings import Binding
from shared.events.envelope import Channel, SealedContact
from shared.events.message import MessageAccepted, MessageDeclined, MessageFailed, MessageKind, MessagePrepared
from shared.events.reasons import Reason
from shared.events.settings import SiteConfigured
from shared.runtime.ids import new_uuid7
from shared.runtime.postgres.pool import Pool
from tests.support.builders.notify import ACCOUNT, ANNA, BOB, BOBS_NUMBER, LAPTOP, PHONE, SITE
from tests.support.builders.notify_answers import granted
from tests.support.builders.push import a_subscription, sealed_subscription
from tests.support.processes.notify import Bench
from tests.support.processes.push import a_pushing_bench, asked, goes

OTHER = sealed_subscription("https://web.push.apple.com/other")


@pytest.fixture
async def bench(pool: Pool) -> AsyncIterator[Bench]:
    async with a_pushing_bench(pool) as bench:
        yield bench


async def exposed(bench: Bench) -> tuple[Attempt, MessagePrepared]:
    """A push whose caller was stopped during its call, and the second ask of its step."""
    await bench.storefront(a_subscription())
    await bench.due(channels=(Channel.PUSH,))
    first = await asked(bench)
    await bench.pool.execute(
        """
        UPDATE notify.attempts SET state = 'calling', caller = 'stopped', called_at = clock_timestamp() - interval '1 minute'
         WHERE attempt_id = $1
        """,
        first.attempt_id,
    )
    second = await asked(bench, 2)
    async with bench.database.transaction() as store:
        attempt = await store.attempts.lock_attempt(first.site_id, first.attempt_id)
    assert attempt is not None
    assert attempt.state is AttemptState.UNRESOLVED
    return attempt, second


async def applied(bench: Bench, attempt: Attempt, outcome: Outcome, caller: str) -> None:
    async with bench.database.transaction() as store:
        await bench.results.apply(store, attempt, outcome, caller, bench.clock.now())


async def test_a_late_201_withdraws_the_second_ask_of_its_step(bench: Bench) -> None:
    first, second = await exposed(bench)

    await applied(bench, first, Accepted("/m/1"), "stopped")
    await bench.nudges(granted(second))

    assert await bench.state_of(first.attempt_id) == "accepted"
    assert await bench.state_of(second.attempt_id) == "not_sent"
    assert not bench.push.sent
    assert [event.attempt_id for event in await bench.emitted(MessageAccepted)] == [first.attempt_id]
    assert await bench.pool.fetchval("SELECT state FROM notify.nudges") == "ended"


@pytest.mark.parametrize("outcome", [NotSent(0.1), Unknown()])
async def test_a_late_201_ends_the_step_when_the_second_call_comes_to_nothing(bench: Bench, outcome: Outcome) -> None:
    first, second = await exposed(bench)
    await bench.pool.execute(
        """
        UPDATE notify.attempts SET state = 'calling', caller = 'us', called_at = clock_timestamp() WHERE attempt_id = $1
        """,
        second.attempt_id,
    )
    async with bench.database.transaction() as store:
        calling = await store.attempts.lock_attempt(second.site_id, second.attempt_id)
    assert calling is not None

    await applied(bench, first, Accepted("/m/1"), "stopped")
    during = await bench.state_of(first.attempt_id)
    await applied(bench, calling, outcome, "us")

    assert during == "unresolved"
    assert await bench.state_of(first.attempt_id) == "accepted"
    assert [event.attempt_id for event in await bench.emitted(MessageAccepted)] == [first.attempt_id]
    assert await bench.pool.fetchval("SELECT state FROM notify.nudges") == "ended"


async def test_a_key_that_begins_to_rest_while_a_nudge_is_decided_declines_it(bench: Bench) -> None:
    await bench.storefront(a_subscription())
    find, found = bench.routes.find, 0

    def rests_meanwhile(site: SiteConfigured, to: Binding | Attempt) -> Route | Reason:
        nonlocal found
        found += 1
        return find(site, to) if found == 1 else Reason.ACCOUNT_REFUSED

    bench.routes.find = rests_meanwhile  # type: ignore[method-assign]
    await bench.due(channels=(Channel.PUSH,))
    await bench.eventually(lambda: has_emitted(bench, MessageDeclined))

    assert [event.reason for event in await bench.emitted(MessageDeclined)] == [Reason.ACCOUNT_REFUSED]
    assert bench.running(), "the dispatcher goes on"


async def has_emitted(bench: Bench, kind: type[Any]) -> bool:
    return bool(await bench.emitted(kind))


async def test_a_nudge_whose_handling_fails_is_shown_and_the_others_go_out(bench: Bench) -> None:
    await bench.storefront(a_subscription(), a_subscription(visitor_id=PHONE, subscription=OTHER))
    broken = await bench.due(channels=(Channel.PUSH,), visitor_id=PHONE, nudge_id=new_uuid7(), cart_id=new_uuid7())
    await bench.pool.execute("UPDATE notify.nudges SET due = '{}', look_at = clock_timestamp()")
    await bench.eventually(lambda: has_failed(bench, "dispatcher"))

    await bench.due(channels=(Channel.PUSH,))
    sent = await goes(bench)
    await bench.becomes(sent.attempt_id, "accepted")

    assert sent.visitor_id == LAPTOP
    assert sent.nudge_id != broken.nudge_id
    assert bench.running(), "the dispatcher goes on"


async def test_a_failure_at_the_call_ends_the_attempt_and_is_emitted(bench: Bench) -> None:
    await bench.storefront(a_subscription())
    await bench.due(channels=(Channel.PUSH,))
    ask = await asked(bench)
    await bench.pool.execute("UPDATE notify.nudges SET due = '{}'")

    await bench.nudges(granted(ask))
    await bench.becomes(ask.attempt_id, "not_sent")

    (failed,) = await bench.emitted(MessageFailed)
    assert (failed.reason, failed.final) == (Reason.INTERNAL_ERROR, False)
    assert await has_failed(bench, "dispatcher")
    assert bench.running(), "the dispatcher goes on"


async def has_failed(bench: Bench, loop: str) -> bool:
    return (bench.registry.get_sample_value("beckon_notify_failures_total", {"loop": loop}) or 0) >= 1


async def test_a_call_whose_reconciliation_fails_holds_up_no_other(bench: Bench) -> None:
    bench.carrier.listing_fails_for = BOBS_NUMBER
    await unresolved_text(bench, BOB, "reminder to Bob")
    annas = await unresolved_text(bench, ANNA, "reminder to Anna")
    bench.carrier.listed = [Listed("SM7", "reminder to Anna", "sent", bench.clock.now())]

    await bench.becomes(annas, "accepted")

    assert await has_failed(bench, "reconciliation")
    assert bench.running(), "reconciliation goes on"


async def unresolved_text(bench: Bench, to: SealedContact, body: str) -> str:
    """A text whose caller died during its call."""
    cause = new_uuid7()
    attempt = Attempt(
        site_id=SITE,
        attempt_id=cause.hex,
        account_id=ACCOUNT,
        kind=MessageKind.REMINDER,
        channel=Channel.SMS.value,
        cause=str(cause),
        nudge_id=cause,
        cart_id=new_uuid7(),
        visitor_id=LAPTOP,
        recipient_kind=to.kind.value,
        recipient_index=to.index,
        box=to.box,
        body=body,
        link_id=None,
        state=AttemptState.PREPARED,
        try_number=1,
        send_before=bench.clock.now() + timedelta(hours=1),
    )
    async with bench.database.transaction() as store:
        await store.attempts.open_attempt(attempt)
        await store.attempts.start_call(SITE, attempt.attempt_id, "died")
        await store.attempts.record_result(SITE, attempt.attempt_id, AttemptState.UNRESOLVED, None)
    return attempt.attempt_id
