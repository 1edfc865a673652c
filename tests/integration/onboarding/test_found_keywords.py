"""The confirmation code of a Nexternal shop before and after an order has shown which keywords its addendum replaces."""

from datetime import UTC, datetime
from html import unescape
from uuid import uuid4

from services.onboarding.consumers import apply_site_signals
from shared.events.signals import SignalKind, SiteSignalled
from shared.runtime.postgres.pool import Pool, transaction
from tests.support.stories.console_client import ConsoleClient

FOUND = {SignalKind.ORDER_ID_KEYWORD: 1, SignalKind.TOTAL_KEYWORD: 0}


async def confirmation_of(anna: ConsoleClient) -> str:
    code: str = (await anna.http.get(f"/api{anna.site('/codes')}")).json()["confirmation"]
    return code


async def an_order_shows(pool: Pool, anna: ConsoleClient) -> None:
    now = datetime.now(UTC)
    signals = [
        SiteSignalled(
            event_id=uuid4(), site_id=anna.site_id, occurred_at=now, received_at=now, kind=kind, count=1, position=position
        )
        for kind, position in {SignalKind.ORDER_SEEN: None, **FOUND}.items()
    ]
    async with transaction(pool) as tx:
        await apply_site_signals(signals, tx)


async def test_the_code_has_the_keywords_that_an_order_showed_and_still_tries_the_others(
    anna: ConsoleClient, pool: Pool
) -> None:
    first = await confirmation_of(anna)
    await an_order_shows(pool, anna)
    second = await confirmation_of(anna)
    page = unescape((await anna.http.get(anna.site("/setup"))).text)

    assert "orderID:['[OrderNo]','[OrderNumber]'," in first
    assert "orderID:'[OrderNumber]',total:'[OrderTotal]',currency:['[Currency]'," in second
    assert second in page
    assert "Your shop replaces [OrderNumber], [OrderTotal]." in page


async def test_a_shop_has_its_platforms_back_office_until_its_merchant_names_another(anna: ConsoleClient) -> None:
    first = (await anna.http.get(f"/api{anna.site('/settings')}")).json()["back_office_hosts"]
    form = {"name": "Harbor & Vine", "hosts": "shop.example", "currency": "USD", "time_zone": "America/New_York"}
    await anna.posts(anna.site("/settings/shop"), back_office_hosts="", **form)
    second = (await anna.http.get(f"/api{anna.site('/settings')}")).json()["back_office_hosts"]

    assert (first, second) == (["nexternal.com", "www.nexternal.com"], [])
