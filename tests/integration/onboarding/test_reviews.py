"""Reviewing an integration stores the platform and its confirmation page, and the worker file is taken or found."""

import json
import shlex
from html import unescape

import pytest

from tests.integration.onboarding.test_set_up_statements import set_up, state_of
from tests.support.stories.console_client import ConsoleClient


async def test_a_review_shows_the_platforms_steps_and_keeps_the_confirmation_page(anna: ConsoleClient) -> None:
    answer = await anna.posts(anna.site("/setup/review"), platform="nexternal", confirmation_page="/nexternal")
    page = (await anna.http.get(anna.site("/setup"))).text

    assert (answer.status_code, await state_of(anna, "platform")) == (303, "verified")
    for text in (
        "Review My Integration",
        'name="confirmation_page" value="/nexternal"',
        "Settings &gt; Policies, Addenda and Disclaimers &gt; Edit &gt; Tracking Code",
        "Settings &gt; Edit Site Options &gt; Domain Alias",
        "Layout &gt; Import",
        "Copy the label",
    ):
        assert text in page
    (statement,) = (await set_up(anna))["statements"]
    assert (statement["question"], statement["answer"], statement["stated_by"]) == (
        "confirmation_page",
        "/nexternal",
        anna.email,
    )


@pytest.mark.parametrize(
    ("form", "fields", "field"),
    [
        ("review", {"platform": "unheard of", "confirmation_page": ""}, "platform"),
        ("review", {"platform": "nexternal", "confirmation_page": "thanks"}, "confirmation_page"),
        ("worker", {"worker_path": "https://elsewhere.example/beckon-worker.js"}, "worker_path"),
        ("worker", {"worker_path": "/not a script"}, "worker_path"),
        ("worker", {"worker_path": ""}, "worker_path"),
        ("webhook", {"webhook_secret": "short"}, "webhook_secret"),
        ("source", {"source_account": "", "source_key": "k"}, "source_account"),
        ("source", {"source_account": "harbor"}, "source_password"),
        ("source/disconnect", {}, "source_account"),
    ],
)
async def test_what_cannot_be_taken_is_refused_by_its_field(
    anna: ConsoleClient, form: str, fields: dict[str, str], field: str
) -> None:
    refused = await anna.posts(f"/api{anna.site(f'/setup/{form}')}", **fields)

    assert (refused.status_code, [fault["field"] for fault in refused.json()["faults"]]) == (422, [field])


async def test_the_address_in_bold_is_taken_as_the_path_of_the_file(anna: ConsoleClient) -> None:
    pasted = "https://shop.example/assets/images/beckon-worker.js"

    answer = await anna.posts(anna.site("/setup/worker"), worker_path=pasted)
    settings = (await anna.http.get(f"/api{anna.site('/settings')}")).json()

    assert (answer.status_code, settings["worker_path"]) == (303, "/assets/images/beckon-worker.js")


async def test_a_shopify_shop_gets_its_webhooks_address_and_its_secret_is_not_shown(anna: ConsoleClient) -> None:
    await anna.posts(anna.site("/setup/review"), platform="shopify", confirmation_page="")
    codes = (await anna.http.get(f"/api{anna.site('/codes')}")).json()

    answer = await anna.posts(anna.site("/setup/webhook"), webhook_secret=f" {'s' * 64} ")
    page = (await anna.http.get(anna.site("/setup"))).text

    assert codes["order_webhook"].endswith(f"/v1/webhooks/orders?site={anna.site('').rpartition('/')[2]}")
    assert (answer.status_code, await state_of(anna, "webhook")) == (303, "claimed")
    for text in (
        codes["order_webhook"],
        "Copy the webhook\N{RIGHT SINGLE QUOTATION MARK}s address",
        "Your webhooks will be signed with",
    ):
        assert text in page
    assert "s" * 64 not in page


async def test_a_nexternal_shop_connects_its_back_office_and_its_key_is_not_shown(anna: ConsoleClient) -> None:
    await anna.posts(anna.site("/setup/review"), platform="nexternal", confirmation_page="")

    connected = await anna.posts(anna.site("/setup/source"), source_account="harbor", source_key="k" * 32)
    states = [await state_of(anna, "source")]
    page = (await anna.http.get(anna.site("/setup"))).text
    disconnected = await anna.posts(anna.site("/setup/source/disconnect"))
    states.append(await state_of(anna, "source"))

    assert (connected.status_code, disconnected.status_code, states) == (303, 303, ["claimed", "todo"])
    assert "Settings &gt; XML Tools &gt; Edit" in page
    assert "k" * 32 not in page


async def test_a_bigcommerce_shop_gets_the_command_that_makes_its_webhook(anna: ConsoleClient) -> None:
    await anna.posts(anna.site("/setup/review"), platform="bigcommerce", confirmation_page="")
    address = (await anna.http.get(f"/api{anna.site('/codes')}")).json()["order_webhook"]
    page = unescape((await anna.http.get(anna.site("/setup"))).text)

    command = page.partition('<code id="order-webhook">')[2].partition("</code>")[0]
    *_, body = shlex.split(command)
    assert json.loads(body) == {
        "scope": "store/cart/converted",
        "destination": address,
        "is_active": True,
        "headers": {"X-Beckon-Secret": "SECRET"},
    }
    assert "Copy the webhook\N{RIGHT SINGLE QUOTATION MARK}s command" in page
    assert await state_of(anna, "webhook") == "todo"


async def test_nobody_reviews_another_accounts_shop(anna: ConsoleClient, mallory: ConsoleClient) -> None:
    answers = [
        await mallory.posts(anna.site("/setup/review"), platform="shopify"),
        await mallory.posts(anna.site("/setup/worker"), worker_path="/beckon-worker.js"),
        await mallory.posts(anna.site("/setup/webhook"), webhook_secret="s" * 64),
        await mallory.posts(anna.site("/setup/source"), source_account="harbor", source_key="k" * 32),
        await mallory.posts(anna.site("/setup/source/disconnect")),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5
    assert (await set_up(anna))["statements"] == []
