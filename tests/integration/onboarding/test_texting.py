"""A phone becomes the merchant's own by writing to the shop; nobody else's does, and nothing can be sent to it before."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from services.onboarding.consumers import apply_message_events
from services.onboarding.storage.accounts import AccountStore
from shared.events import message
from shared.events.envelope import ContactKind, SealedContact
from shared.events.identifiers import test_code_hash as hash_of
from shared.runtime.postgres.pool import Pool, transaction
from tests.support.stories.console_client import ConsoleClient

INDEX, BOX = "i1.p1.AbCdEfGhIjKlMnOpQrStUv", "h1.n1.c2VhbGVk"
SENDER = {"account_sid": "AC" + "0" * 28 + "12ab", "auth_token": "t" * 32, "from_number": "+12025550100"}


async def shown_code(anna: ConsoleClient) -> str:
    """The code that the page shows, as digits."""
    page = await anna.posts(anna.site("/texting/code"))
    found = re.search(r'id="test-code">TEST (\d{4}) (\d{4})<', page.text)
    assert found is not None, page.text
    return found.group(1) + found.group(2)


async def handset_sends(
    pool: Pool, site_id: UUID, digits: str, index: str = INDEX, after: timedelta = timedelta(seconds=5)
) -> None:
    """notify emits that a handset sent a code."""
    at = datetime.now(UTC) + after
    event = message.TestCodeReceived(
        event_id=uuid4(),
        site_id=site_id,
        occurred_at=at,
        received_at=at,
        contact=SealedContact(kind=ContactKind.PHONE, index=index, box=BOX),
        code_hash=hash_of(site_id, digits),
    )
    async with transaction(pool) as tx:
        await apply_message_events([event, event], tx)


async def recipients(pool: Pool, site_id: UUID) -> tuple[str, ...]:
    """Who gets messages in test mode."""
    async with transaction(pool) as tx:
        site = await AccountStore(tx).settings_of(site_id)
    assert site is not None
    return site.test_recipients


async def tests_asked_for(pool: Pool) -> list[dict[str, Any]]:
    """The messages that notify is ordered to send."""
    rows = await pool.fetch("SELECT value FROM onboarding.outbox ORDER BY id")
    events = [json.loads(row["value"]) for row in rows]
    return [event for event in events if event["type"] == "test_message.requested"]


async def test_the_phone_that_sends_the_code_is_the_merchants_own(anna: ConsoleClient, pool: Pool) -> None:
    await handset_sends(pool, anna.site_id, await shown_code(anna))

    page = await anna.http.get(anna.site("/texting"))
    shown = (await anna.http.get(f"/api/sites/{anna.site_id}/texting")).json()

    assert await recipients(pool, anna.site_id) == (INDEX,)
    assert "Remove phone 1" in page.text
    assert [phone["index"] for phone in shown["test_phones"]] == [INDEX]
    assert BOX not in page.text + json.dumps(shown)


async def test_a_wrong_an_old_a_used_and_anothers_code_make_nobodys_phone_a_test_phone(
    anna: ConsoleClient, mallory: ConsoleClient, pool: Pool
) -> None:
    await mallory.opens_a_shop()
    digits, mallorys = await shown_code(anna), await shown_code(mallory)

    await handset_sends(pool, anna.site_id, "00000000" if digits != "00000000" else "11111111")
    await handset_sends(pool, anna.site_id, mallorys)
    await handset_sends(pool, anna.site_id, digits, after=timedelta(minutes=16))
    nobody = await recipients(pool, anna.site_id)
    await handset_sends(pool, anna.site_id, digits)
    await handset_sends(pool, anna.site_id, digits, "i1.p1.ZZZZZZZZZZZZZZZZZZZZZZ")

    assert nobody == ()
    assert await recipients(pool, anna.site_id) == (INDEX,)
    assert await recipients(pool, mallory.site_id) == ()


async def test_a_new_code_ends_the_one_before_it(anna: ConsoleClient, pool: Pool) -> None:
    first, second = await shown_code(anna), await shown_code(anna)

    await handset_sends(pool, anna.site_id, first)
    after_the_first = await recipients(pool, anna.site_id)
    await handset_sends(pool, anna.site_id, second)

    assert after_the_first == ()
    assert await recipients(pool, anna.site_id) == (INDEX,)


async def test_a_phone_that_is_removed_gets_nothing_any_more(anna: ConsoleClient, pool: Pool) -> None:
    await handset_sends(pool, anna.site_id, await shown_code(anna))

    await anna.posts(anna.site("/texting/phones/remove"), index=INDEX)
    refused = await anna.posts(anna.site("/texting/test"), step="1")

    assert await recipients(pool, anna.site_id) == ()
    assert refused.status_code == 422
    assert await tests_asked_for(pool) == []


async def test_a_test_goes_to_the_own_phones_and_to_no_other(anna: ConsoleClient, pool: Pool) -> None:
    await anna.posts(anna.site("/settings/sender"), **SENDER)
    without = await anna.posts(anna.site("/texting/test"), step="1")
    await handset_sends(pool, anna.site_id, await shown_code(anna))

    sent = await anna.posts(anna.site("/texting/test"), step="1")
    steps = [await anna.posts(anna.site("/texting/test"), step=step) for step in ("0", "9", "x", "", "²")]

    assert (without.status_code, sent.status_code) == (422, 200)
    assert {answer.status_code for answer in steps} == {422}
    [asked] = await tests_asked_for(pool)
    assert (asked["step"], asked["contact"]["index"]) == (1, INDEX)


async def test_the_state_of_sender_and_registration_is_shown_and_no_secret_is(anna: ConsoleClient, pool: Pool) -> None:
    before = (await anna.http.get(f"/api/sites/{anna.site_id}/texting")).json()

    await anna.posts(anna.site("/settings/sender"), **SENDER)
    await anna.posts(anna.site("/texting/registration"), state="approved", reference="CM-17")
    await anna.posts(anna.site("/texting/price"), part_price="0.83")
    after = (await anna.http.get(f"/api/sites/{anna.site_id}/texting")).json()
    setup = (await anna.http.get(anna.site("/setup"))).text

    assert (before["sender"], before["registration"]["state"]) == (None, "not_started")
    assert after["sender"] == {"account_ending": "12ab", "from_number": SENDER["from_number"]}
    assert after["registration"] == {"state": "approved", "reference": "CM-17"}
    assert after["part_price_hundredths_of_a_cent"] == 83
    assert SENDER["auth_token"] not in setup + json.dumps(after)
    assert SENDER["account_sid"] not in setup + json.dumps(after)


async def test_bad_input_is_refused_with_its_field(anna: ConsoleClient) -> None:
    price = await anna.posts(anna.site("/texting/price"), part_price="free")
    state = await anna.posts(anna.site("/texting/registration"), state="granted")

    assert (price.status_code, state.status_code) == (422, 422)
    assert 'href="#part_price"' in price.text
    assert 'href="#state"' in state.text
