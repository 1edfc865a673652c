"""What a merchant states of the shop's carts: shown beside the cart, kept with who stated it when, and taken back."""

from typing import Any

from shared.events.settings import SiteConfigured
from shared.messages.item_names import name_hash
from shared.runtime.postgres.pool import Pool
from tests.integration.onboarding.test_going_live import saw_a_cart
from tests.support.stories.console_client import ConsoleClient


async def set_up(anna: ConsoleClient) -> dict[str, Any]:
    body: dict[str, Any] = (await anna.http.get(f"/api{anna.site('/setup')}")).json()
    return body


async def state_of(anna: ConsoleClient, key: str) -> str:
    states = {step["key"]: step["state"] for step in (await set_up(anna))["steps"]}
    return str(states[key])


async def test_the_cart_is_shown_with_its_lines_and_total_beside_the_question(anna: ConsoleClient, pool: Pool) -> None:
    before = (await anna.http.get(anna.site("/setup"))).text
    await saw_a_cart(pool, anna.site_id)

    page = (await anna.http.get(anna.site("/setup"))).text

    assert "Is this right?" not in before
    for text in ("Harbor Red", "64.95 USD", "Is this right?", "sent by your own code"):
        assert text in page


async def test_an_answer_turns_the_step_and_is_kept_with_who_gave_it(anna: ConsoleClient, pool: Pool) -> None:
    await saw_a_cart(pool, anna.site_id)
    states = [await state_of(anna, "carts")]

    for answer in ("yes", "no"):
        assert (await anna.posts(anna.site("/setup/cart"), answer=answer)).status_code == 303
        states.append(await state_of(anna, "carts"))

    assert states == ["claimed", "verified", "broken"]
    statements = (await set_up(anna))["statements"]
    assert [(each["question"], each["answer"], each["stated_by"]) for each in statements] == [
        ("cart_is_right", "no", anna.email),
        ("cart_is_right", "yes", anna.email),
    ]


async def test_names_that_the_merchant_found_right_may_be_shown_and_no_others(anna: ConsoleClient, pool: Pool) -> None:
    await saw_a_cart(pool, anna.site_id)

    kept = []
    for answer, names in (("yes", ""), ("no", "Harbor Red"), ("yes", "Harbor White\nPlum"), ("yes", "harbor  red\nPlum")):
        await anna.posts(anna.site("/setup/cart"), answer=answer, names=names)
        settings = await pool.fetchval("SELECT settings FROM onboarding.sites WHERE site_id = $1", anna.site_id)
        kept.append(SiteConfigured.model_validate_json(settings).page_names)

    assert kept == [(), (), (), (name_hash("Harbor Red"),)]
    assert 'name="names" value="Harbor Red"' in (await anna.http.get(anna.site("/setup"))).text


async def test_nobody_finds_a_cart_right_that_was_never_read(anna: ConsoleClient) -> None:
    refused = await anna.posts(anna.site("/setup/cart"), answer="yes")
    other = await anna.posts(anna.site("/setup/own-carts"), answer="perhaps")

    assert (refused.status_code, other.status_code) == (422, 422)
    assert "No cart has been read yet" in refused.text
    assert (await set_up(anna))["statements"] == []


async def test_nobody_states_anything_of_another_accounts_shop(anna: ConsoleClient, mallory: ConsoleClient, pool: Pool) -> None:
    await saw_a_cart(pool, anna.site_id)

    answers = [await mallory.posts(anna.site(f"/setup/{form}"), answer="yes") for form in ("cart", "own-carts")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert (await set_up(anna))["statements"] == []
