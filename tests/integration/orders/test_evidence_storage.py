"""What a store of evidence promises, held by the one in PostgreSQL and by the one in memory alike."""

from dataclasses import replace

from services.orders.handlers.order_reports import fences_of
from services.orders.rules.attribution import Sent
from services.orders.rules.erasure import Subject
from services.orders.rules.evidence import Fence, Sighting, VisitorSeen, visitor_key
from services.orders.rules.reconciliation import order_key_of
from services.orders.rules.withdrawals import Confirmation, Withdrawal
from services.orders.storage.protocols import Database
from shared.events.reasons import Reason
from tests.support.builders.orders import (
    LAPTOP,
    PHONE,
    SITE,
    TABLET,
    an_id,
    an_order,
    at,
    email,
    visitor,
)
from tests.support.builders.stored_orders import OTHER_SITE


async def test_evidence_only_grows_and_keeps_to_its_site(stores: Database) -> None:
    fence = Fence("email:a", an_id("report"), at(5), at(6), at(4))
    async with stores.transaction() as store:
        await store.evidence.add_sightings(
            [(SITE, Sighting(LAPTOP, "email:a", at(2))), (SITE, Sighting(PHONE, "email:a", at(3)))]
        )
        await store.evidence.add_sightings(
            [(SITE, Sighting(LAPTOP, "email:a", at(1))), (OTHER_SITE, Sighting(TABLET, "email:a", at(1)))]
        )
        await store.evidence.add_sightings(
            [(SITE, Sighting(PHONE, "phone:b", at(3))), (SITE, Sighting(TABLET, "phone:b", at(3)))]
        )
        await store.evidence.add_fences([(SITE, fence), (SITE, replace(fence, stands_until=at(8)))])
        await store.evidence.add_fences([(SITE, fence), (OTHER_SITE, Fence("email:a", an_id(), at(1), at(1), at(1)))])
        await store.evidence.see_visitors([VisitorSeen(SITE, PHONE, at(4), True), VisitorSeen(SITE, PHONE, at(3), False)])

    async with stores.transaction() as store:
        around = await store.evidence.neighbourhood(SITE, LAPTOP)
        assert set(around.sightings) == {
            Sighting(LAPTOP, "email:a", at(1)),
            Sighting(PHONE, "email:a", at(3)),
            Sighting(PHONE, "phone:b", at(3)),
        }
        assert around.fences == (replace(fence, stands_until=at(8)),)
        assert (around.back_office_visitors, around.complete) == (frozenset({PHONE}), True)
        assert await store.evidence.last_active(SITE, PHONE) == at(4)
        assert await store.evidence.last_active(SITE, LAPTOP) is None
        assert await store.evidence.visitors_around(SITE, [LAPTOP], []) == sorted([LAPTOP, PHONE])
        assert await store.evidence.visitors_around(SITE, [], ["phone:b"]) == sorted([LAPTOP, PHONE, TABLET])
        assert [seen.key for seen in await store.evidence.named_by(SITE, [PHONE])] == ["email:a", "phone:b"]
        await store.erasures.forget_reported(SITE, Subject(frozenset({PHONE})))
        assert await store.evidence.visitors_naming(SITE, ["email:a", "phone:b"]) == sorted([LAPTOP, TABLET])


async def test_the_last_withdrawals_and_confirmations_of_a_binding_are_found(stores: Database) -> None:
    no = Withdrawal(SITE, "sms", "i1.p1.a", an_id(), at(1), Reason.CONTACT_INVALID, from_shop=False)
    browser = Withdrawal(SITE, "push", visitor_key(LAPTOP), an_id(), at(1))
    tick = an_id("tick")
    yes = Confirmation(SITE, "sms", "i1.p1.a", LAPTOP, an_id(), at(2), tick)
    async with stores.transaction() as store:
        await store.evidence.add_opt_ins([(SITE, tick), (SITE, tick)])
        await store.evidence.add_withdrawals([no, browser, no])
        await store.evidence.add_confirmations([yes, yes, replace(yes, confirmed_at=at(9))])
        noes, yeses = await store.evidence.consent_history(SITE, "sms", "i1.p1.a", LAPTOP)
        others = await store.evidence.consent_history(SITE, "sms", "i1.p1.a", PHONE)
        pushed, _ = await store.evidence.consent_history(SITE, "push", "i1.p1.b", LAPTOP)
        ticked = await store.evidence.opt_in_position(SITE, tick)
        unknown = await store.evidence.opt_in_position(SITE, an_id("other"))

    assert [replace(each, position=0) for each in noes] == [no]
    assert [replace(each, position=0, consent_position=None) for each in yeses] == [yes]
    assert [replace(each, position=0) for each in pushed] == [browser]
    assert (others[0], others[1], unknown) == (noes, [], None)
    assert ticked is not None
    assert yeses[0].consent_position == ticked < noes[0].position < pushed[0].position < yeses[0].position
    async with stores.transaction() as store:
        assert await store.evidence.visitors_confirming(SITE, ["i1.p1.a", "i1.p1.b"]) == [LAPTOP]
        assert await store.evidence.visitors_confirming(OTHER_SITE, ["i1.p1.a"]) == []


async def test_reports_and_links_are_kept_once_and_found_by_whom_they_name(stores: Database) -> None:
    first = an_order(visitor(LAPTOP), email("anna"), when=at(5))
    second = an_order(email("anna"), when=at(6), verified=True)
    sent = Sent(an_id("nudge"), an_id("cart"), at(1), None)
    async with stores.transaction() as store:
        await store.evidence.add_fences([(SITE, fence) for order in (first, second) for fence in fences_of(order)])
        key = order_key_of(first)
        assert await store.reports.add([(first, key), (first, key)]) == {first.event_id}
        assert await store.reports.add([(first, key), (second, key)]) == {second.event_id}
        await store.reports.add_accepted(SITE, "a" * 32, "l" * 32, sent)
        for moment in (at(2), at(2), at(3)):
            await store.reports.add_followed(SITE, "l" * 32, PHONE, moment)

    async with stores.transaction() as store:
        assert await store.reports.of_order(SITE, key) == [first, second]
        assert await store.reports.orders_near(SITE, [visitor_key(LAPTOP)], at(4), at(5)) == [key]
        assert await store.reports.orders_near(SITE, [visitor_key(LAPTOP)], at(6), at(9)) == []
        followed = {replace(sent, followed_at=at(2)), replace(sent, followed_at=at(3))}
        assert set(await store.reports.sent_to(SITE, [LAPTOP], [sent.cart_id])) == {sent, *followed}
        assert set(await store.reports.sent_to(SITE, [PHONE], [])) == followed
        assert await store.reports.sent_to(SITE, [LAPTOP], []) == []
        await store.erasures.forget_reported(SITE, Subject(frozenset({PHONE, LAPTOP})))
        assert await store.reports.of_order(SITE, key) == [second]
        assert await store.reports.sent_to(SITE, [PHONE], []) == []
