"""One trace goes through a cart's life, whatever opens it again."""

from dataclasses import replace
from datetime import datetime

from services.orders.handlers.shopping import apply_shopping
from services.orders.rules.carts import CartState
from services.orders.storage.postgres import SqlDatabase
from shared.events.storefront import CartUpdated, PageSeen
from shared.runtime import tracing
from shared.runtime.postgres.pool import Pool
from tests.support.builders.orders import LAPTOP, PHONE, SITE, a_cart_update, a_visit, at
from tests.support.records import a_record
from tests.support.spans import kept_spans, way_to


async def apply(database: SqlDatabase, *events: CartUpdated | PageSeen) -> None:
    """Apply a batch, each event reported by a beacon of its own."""
    records = []
    for event in events:
        with tracing.begin("POST /v1/beacons"):
            cause = tracing.traceparent() or ""
        records.append((replace(a_record(event), headers=((tracing.HEADER, cause.encode()),)), event))
    with tracing.span_each("storefront-events", records):
        async with database.transaction() as store:
            await apply_shopping(events, store, max(event.occurred_at for event in events))


async def abandon(database: SqlDatabase, cart: CartUpdated, moment: datetime) -> None:
    """Find the cart abandoned, as its timer does."""
    async with database.transaction() as store:
        (known,) = await store.carts.lock([(SITE, cart.cart_id)])
        await store.carts.put([replace(known, state=CartState.ABANDONED, abandoned_at=moment, abandonment=1)])
        for timer in await database.due_timers(at(-1), moment, 10):
            await store.nudges.set_again(timer, None)


async def test_a_cart_that_a_visit_opens_again_goes_on_with_its_trace(pool: Pool) -> None:
    database, cart = SqlDatabase(pool), a_cart_update(when=at(0))
    with kept_spans() as spans:
        await apply(database, cart)
        await abandon(database, cart, at(30))

        await apply(database, a_visit(LAPTOP, at(40)), a_visit(PHONE, at(40)))
        (timer,) = await database.due_timers(at(-1), at(50), 10)
        with tracing.go_on("timer abandon", timer.cause):
            pass

    finished = spans.get_finished_spans()
    assert way_to(finished[-1], finished) == ["POST /v1/beacons", "apply cart.updated", "timer abandon"]
