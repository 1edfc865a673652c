"""A merchant sees what shoppers will see before it is saved, and takes it from the shop's own page."""

from collections.abc import AsyncIterator
from html import unescape
from uuid import UUID

import httpx
import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.routing import Mount

from services.onboarding.accounts.password_checks import PasswordChecks
from services.onboarding.accounts.routes import AccountPages
from services.onboarding.accounts.sessions import Passwords
from services.onboarding.shop.look_routes import NOT_READ, NOTHING_FOUND, LookPages
from services.onboarding.shop.sites import Readers
from services.onboarding.web.pages import Web
from shared.runtime.clock import SystemClock
from shared.runtime.postgres.pool import Pool
from tests.support.builders.notify import KEYS
from tests.support.processes.shop_pages import Shop
from tests.support.stories.console_client import PASSWORD, ConsoleClient

PAGE = """<html lang="es"><head><meta name="theme-color" content="#7a1f3d">
    <link rel="apple-touch-icon" href="/touch.png"></head></html>"""


@pytest.fixture
async def bob(app: Starlette, pool: Pool, shop: Shop) -> AsyncIterator[ConsoleClient]:
    """A merchant whose shop's page a test writes."""
    web, readers = Web(pool, SystemClock(), lambda: None), Readers(*[KEYS.public_key()] * 3)
    passwords = PasswordChecks(web, Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)))
    pages = (AccountPages(web, readers, shop, passwords), LookPages(web, shop))
    routes = [*(route for part in pages for route in part.routes()), Mount("/", app)]
    transport = httpx.ASGITransport(Starlette(routes=routes), raise_app_exceptions=False)
    async with ConsoleClient(transport, "bob@shop.example") as bob:
        await bob.signs_up()
        await bob.opens_a_shop()
        yield bob


async def look_of(merchant: ConsoleClient) -> tuple[str | None, str | None, str]:
    shown = (await merchant.http.get(f"/api{merchant.site('/settings/look')}")).json()
    return shown["logo"], shown["colour"], shown["language"]


async def test_a_look_is_shown_before_it_is_saved_and_saved_whole(bob: ConsoleClient) -> None:
    form = {"logo": "https://cdn.example/logo.png", "colour": "#ffd400", "language": "es"}

    draft = await bob.posts(bob.site("/settings/look/preview"), **form)
    before = await look_of(bob)
    saved = await bob.posts(bob.site("/settings/look"), **form)

    assert all(text in draft.text for text in ("Draft", "Sí, recordármelo", "--fill:#ffd400"))
    assert "img-src 'self' https://cdn.example;" in draft.headers["Content-Security-Policy"]
    assert before == (None, None, "en")
    assert saved.status_code == 303
    assert await look_of(bob) == ("https://cdn.example/logo.png", "#ffd400", "es")


async def test_a_shop_is_opened_with_the_look_of_its_own_page(bob: ConsoleClient, shop: Shop) -> None:
    shop.page = PAGE

    opened = await bob.http.post("/signup", data={"email": "eve@shop.example", "password": PASSWORD, "shop": "shop.example"})
    bob.keeps_cookies(opened)
    bob.site_id = UUID(opened.headers["location"].split("/")[2])

    assert await look_of(bob) == ("https://shop.example/touch.png", "#7a1f3d", "es")


async def test_an_address_that_is_no_picture_is_refused_and_stays_in_the_form(bob: ConsoleClient) -> None:
    attack = '"><script>alert(1)</script>'

    answers = [await bob.posts(bob.site(f"/settings/look{path}"), logo=attack, colour="#ffd400") for path in ("", "/preview")]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert all("<script>alert" not in answer.text and attack in unescape(answer.text) for answer in answers)
    assert await look_of(bob) == (None, None, "en")


async def test_the_shops_own_page_is_asked_for_its_look_and_nothing_is_saved(bob: ConsoleClient, shop: Shop) -> None:
    shop.page = PAGE
    found = await bob.posts(bob.site("/settings/look/find"))
    shop.page = "<html></html>"
    empty = await bob.posts(bob.site("/settings/look/find"))
    shop.page = None
    away = await bob.posts(bob.site("/settings/look/find"))

    assert all(
        text in found.text for text in ("Draft", 'value="https://shop.example/touch.png"', 'value="#7a1f3d"', "Ahora no")
    )
    assert (empty.status_code, away.status_code) == (422, 422)
    assert NOTHING_FOUND in unescape(empty.text)
    assert NOT_READ in unescape(away.text)
    assert await look_of(bob) == (None, None, "en")
