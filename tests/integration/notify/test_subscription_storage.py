"""What a store of push subscriptions promises, held by the one in PostgreSQL and by the one in memory alike."""

from datetime import timedelta

from services.notify.rules.consent import consent_refusal
from services.notify.rules.suppression import Suppression
from services.notify.storage.protocols import Database
from shared.events.reasons import Reason
from shared.runtime.ids import new_uuid7
from tests.support.builders.notify import (
    LAPTOP,
    PHONE,
    SITE,
)
from tests.support.builders.notify_answers import now
from tests.support.builders.push import ENDPOINT, VAPID_PUBLIC, a_subscription, sealed_subscription


async def test_a_browser_has_one_subscription_the_latest(memory: Database) -> None:
    old, new = now() - timedelta(minutes=9), now() - timedelta(minutes=5)
    later = a_subscription(new, subscription=sealed_subscription(ENDPOINT + "2"))
    async with memory.transaction() as store:
        first = await store.consents.subscribe(a_subscription(old))
        again = await store.consents.subscribe(a_subscription(old))
        second = await store.consents.subscribe(later)
        late = await store.consents.subscribe(a_subscription(old))
        bindings = await store.consents.bindings_of(SITE, LAPTOP)

    assert (first, again, second, late) == (True, False, True, False)
    assert [binding.recipient_index for binding in bindings] == [later.subscription.index]
    assert (bindings[0].confirmed_at, bindings[0].vapid_public) == (new, VAPID_PUBLIC)


async def test_an_unsubscription_counts_whenever_it_arrives_until_a_later_subscription(memory: Database) -> None:
    given, taken = now() - timedelta(minutes=9), now() - timedelta(minutes=5)
    async with memory.transaction() as store:
        await store.consents.unsubscribe(SITE, LAPTOP, None, taken, new_uuid7())
        await store.consents.subscribe(a_subscription(given))
        (early,) = await store.consents.bindings_of(SITE, LAPTOP)
        await store.consents.subscribe(a_subscription(now()))
        (late,) = await store.consents.bindings_of(SITE, LAPTOP)
        await store.consents.unsubscribe(SITE, PHONE, None, now(), new_uuid7())
        (unchanged,) = await store.consents.bindings_of(SITE, LAPTOP)

    assert consent_refusal(early, Suppression()) is Reason.WITHDRAWN
    assert consent_refusal(late, Suppression()) is None
    assert unchanged == late


async def test_what_is_gone_is_forgotten_by_its_index(memory: Database) -> None:
    async with memory.transaction() as store:
        await store.consents.subscribe(a_subscription())
        await store.consents.forget(SITE, "push", sealed_subscription(ENDPOINT + "2").index)
        kept = await store.consents.bindings_of(SITE, LAPTOP)
        await store.consents.forget(SITE, "push", sealed_subscription().index)
        gone = await store.consents.bindings_of(SITE, LAPTOP)

    assert (len(kept), len(gone)) == (1, 0)
