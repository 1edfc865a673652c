"""People: found, suppressed, exported and erased by a contact that is kept nowhere."""

import json
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from services.onboarding.consumers import apply_cart_events, apply_message_events
from services.onboarding.people.contacts import recipient_of
from services.onboarding.storage.accounts import AccountStore
from shared.events.cart import CartClosed, CartOutcome
from shared.events.message import OptInHandled
from shared.runtime.postgres.pool import Pool, transaction
from tests.support.stories.console_client import ConsoleClient

NUMBER, AS_TYPED = "+12125550123", "(212) 555-0123"
VISITOR = "v" * 22
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


async def sent(pool: Pool) -> list[dict[str, object]]:
    """What has been put into the outbox."""
    columns = await pool.fetch("SELECT * FROM onboarding.outbox")
    return [json.loads(row["value"]) for row in columns]


async def opted_in(anna: ConsoleClient, pool: Pool, number: str = NUMBER) -> str:
    """Somebody gave a number in a browser and was asked; answers the number's index."""
    async with transaction(pool) as tx:
        account = await tx.fetchval("SELECT account_id FROM onboarding.sites WHERE site_id = $1", anna.site_id)
        recipient = recipient_of(number, "US", await AccountStore(tx).pepper_of(account))
        stamp = {"event_id": uuid4(), "site_id": anna.site_id, "occurred_at": NOON, "received_at": NOON}
        asked = OptInHandled(**stamp, visitor_id=VISITOR, recipient=recipient, outcome="asked")
        await apply_message_events([asked], tx)
        await apply_cart_events([a_closed_cart(anna.site_id, CartOutcome.EXPIRED)], tx)
    return recipient.index


def a_closed_cart(site_id: UUID, outcome: CartOutcome) -> CartClosed:
    """A cart of that browser."""
    return CartClosed(
        event_id=uuid4(), site_id=site_id, occurred_at=NOON, received_at=NOON, cart_id=uuid4(), visitor_id=VISITOR,
        outcome=outcome, total=None, opened_at=NOON,
    )  # fmt: skip


async def test_a_person_is_found_however_the_number_is_written(anna: ConsoleClient, pool: Pool) -> None:
    await opted_in(anna, pool)

    page = await anna.posts(anna.site("/people"), contact=AS_TYPED)
    stranger = await anna.posts(anna.site("/people"), contact="+12125550199")

    assert "Phone given: asked to answer YES" in page.text
    assert "The console has nothing about this contact" in stranger.text


async def test_a_person_is_found_and_erased_by_each_reading_of_a_contact(anna: ConsoleClient, pool: Pool) -> None:
    index = await opted_in(anna, pool, "+541123456789")  # Argentina: the same handset has a 9 in one plan and none in another

    page = await anna.posts(anna.site("/people"), contact="+54 9 11 2345-6789")
    await anna.posts(anna.site("/people/erase"), contact="+54 9 11 2345-6789")

    erased = [event for event in await sent(pool) if event["type"] == "contact.erased"]
    assert "Phone given: asked to answer YES" in page.text
    assert VISITOR in [event.get("visitor_id") for event in erased]
    assert await pool.fetchval("SELECT count(*) FROM onboarding.timeline WHERE event LIKE '%' || $1 || '%'", index) == 0


async def test_suppressing_emits_an_event_and_keeps_no_number(anna: ConsoleClient, pool: Pool) -> None:
    page = await anna.posts(anna.site("/people/suppress"), contact=AS_TYPED)

    suppressed = [event for event in await sent(pool) if event["type"] == "contact.suppressed"]
    assert "Opted out" in page.text
    assert len(suppressed) == 1
    assert "5550123" not in json.dumps(await sent(pool))


async def test_erasing_removes_what_was_stored_and_emits_each_browser(anna: ConsoleClient, pool: Pool) -> None:
    index = await opted_in(anna, pool)
    await anna.posts(anna.site("/people/suppress"), contact=NUMBER)

    await anna.posts(anna.site("/people/erase"), contact=NUMBER)

    erased = [event for event in await sent(pool) if event["type"] == "contact.erased"]
    left = await pool.fetchval("SELECT count(*) FROM onboarding.timeline WHERE event LIKE '%' || $1 || '%'", index)
    carts = await pool.fetch("SELECT visitor_id, items, state FROM onboarding.carts")
    assert [event.get("visitor_id") for event in erased] == [None, VISITOR]
    assert left == 0
    assert [tuple(cart) for cart in carts] == [("", "[]", "erased")]
    assert await pool.fetchval("SELECT count(*) FROM onboarding.opt_outs") == 1


async def test_what_arrives_of_an_erased_cart_names_nobody(anna: ConsoleClient, pool: Pool) -> None:
    async with transaction(pool) as tx:
        await apply_cart_events([a_closed_cart(anna.site_id, CartOutcome.ERASED)], tx)

    rows = await pool.fetch("SELECT event FROM onboarding.timeline UNION ALL SELECT visitor_id FROM onboarding.carts")
    assert len(rows) == 2
    assert VISITOR not in "".join(row[0] for row in rows)


async def test_an_export_holds_what_stands_here_before_anybody_has_answered(anna: ConsoleClient, pool: Pool) -> None:
    await opted_in(anna, pool)

    moved = await anna.posts(anna.site("/people/export"), contact=NUMBER)
    answer = await anna.http.get(f"{moved.headers['location']}/export")

    body = answer.json()
    assert "attachment" in answer.headers["content-disposition"]
    assert (body["request"]["complete"], body["orders"], len(body["console"]["events"])) == (False, None, 1)
    assert "5550123" not in answer.text


async def test_each_line_of_a_list_is_accounted_for(anna: ConsoleClient, pool: Pool) -> None:
    lines = [f"+1212556{n:04}" for n in range(3000)] + ["nonsense", "212 556 0001"]

    page = await anna.posts(anna.site("/people/opt-outs"), list="\n".join(lines))

    assert "3,000 people read, 1 line repeated, 1 line unreadable" in page.text
    assert "Line 3001" in page.text
    assert "nonsense" not in page.text
    assert sum(event["type"] == "contact.suppressed" for event in await sent(pool)) == 3000


@pytest.mark.parametrize("fields", [{}, {"list": "  "}, {"list": "\n" * 20_000}, {"none": "perhaps"}])
async def test_no_list_is_not_taken_for_one(anna: ConsoleClient, pool: Pool, fields: dict[str, str]) -> None:
    answer = await anna.posts(anna.site("/people/opt-outs"), **fields)

    assert answer.status_code == 422
    assert await pool.fetchval("SELECT count(*) FROM onboarding.opt_out_statements") == 0


@pytest.mark.parametrize("contact", ["", "' OR 1=1 --", "+1", "a@", "x" * 5000, "\u202e+12125550123@"])
async def test_what_is_no_contact_is_answered_with_a_sentence(anna: ConsoleClient, contact: str) -> None:
    for path in ("/people", "/people/suppress", "/people/export", "/people/erase"):
        answer = await anna.posts(anna.site(path), contact=contact)

        assert answer.status_code == 422, path
        assert "Look again" in answer.text


async def test_a_contact_is_never_in_an_address(anna: ConsoleClient, pool: Pool) -> None:
    await opted_in(anna, pool)

    answer = await anna.http.get(anna.site("/people"), params={"contact": NUMBER})

    assert "Phone given" not in answer.text


async def test_another_account_finds_and_erases_nobody(anna: ConsoleClient, mallory: ConsoleClient, pool: Pool) -> None:
    await opted_in(anna, pool)
    paths = ("/people", "/people/suppress", "/people/export", "/people/erase", "/people/opt-outs")

    answers = [await mallory.posts(anna.site(path), contact=NUMBER, list=NUMBER) for path in paths]

    assert {answer.status_code for answer in answers} == {404}
    assert await pool.fetchval("SELECT count(*) FROM onboarding.timeline") == 2


async def test_a_list_of_one_account_is_not_anothers(anna: ConsoleClient, mallory: ConsoleClient) -> None:
    await anna.posts(anna.site("/people/suppress"), contact=NUMBER)
    await mallory.opens_a_shop()

    page = await mallory.posts(mallory.site("/people"), contact=NUMBER)

    assert "The console has nothing about this contact" in page.text
