"""How the snippet is served: per site, cached, and renewing the visitor cookie where the browser sends it."""

from hashlib import sha256

import httpx
import pytest

from services.ingest.http.snippet import SnippetFile, cookie_domain
from shared.events.pointing import Pointing
from shared.events.settings import FieldCapture, PrivacyControl
from tests.support.builders.ingest import SITE, SITE_KEY, VISITOR, Rig, a_rig, site_settings, some_built

MARK = sha256(SITE.bytes).hexdigest()[:8]


async def get(rig: Rig, path: str = f"/s/{SITE_KEY}.js", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=rig.app), base_url="http://t.shop.example") as client:
        return await client.get(path, headers=named)


async def test_the_file_carries_its_sites_settings_and_nothing_secret() -> None:
    answer = await get(a_rig())

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, max-age=300"
    assert answer.text == (
        f'run({{"k":"{SITE_KEY}","s":"{MARK}","i":"https://t.shop.example","b":["office.example"],"d":";domain=shop.example"}})'
    )


async def test_each_file_beside_the_core_knows_what_it_needs_of_the_site() -> None:
    rig = a_rig()

    answers = {part: (await get(rig, f"/s/{SITE_KEY}/{part}.js")).text for part in ("acts", "restore")}

    assert answers == {"acts": "acts({})", "restore": 'restore({"n":"https://beckon.example"})'}


@pytest.mark.parametrize("path", [f"/s/{SITE_KEY}/other.js", "/s/bk_zzzzzzzzzzzzzzzz/acts.js", f"/s/{SITE_KEY}/acts/acts.js"])
async def test_a_file_that_does_not_exist_is_not_found(path: str) -> None:
    assert (await get(a_rig(), path)).status_code == 404


async def test_the_file_of_the_back_office_names_both_lists_of_hosts() -> None:
    answer = await get(a_rig(), f"/s/{SITE_KEY}/office.js")

    assert answer.text == f'office({{"s":"{MARK}","b":["office.example"],"h":["shop.example"]}})'


async def test_a_shop_without_a_back_office_loads_nothing_for_it() -> None:
    rigs = [a_rig(), a_rig(settings=site_settings(back_office_hosts=()))]

    answers = [(await get(rig, f"/s/{SITE_KEY}/readers.js")).text for rig in rigs]

    assert ['"o":["office.example"]' in answer for answer in answers] == [True, False]


@pytest.mark.parametrize(
    ("platform", "file"), [("nexternal", "readers_nexternal"), ("plain_html", "readers"), ("unheard_of", "readers")]
)
async def test_the_readers_are_those_of_the_sites_platform(platform: str, file: str) -> None:
    answer = await get(a_rig(settings=site_settings(platform=platform)), f"/s/{SITE_KEY}/readers.js")

    assert answer.text == f'{file}({{"p":false,"o":["office.example"],"g":1}})'


async def test_a_browser_that_has_the_file_is_answered_so() -> None:
    rig = a_rig()
    first = await get(rig)

    again = await get(rig, if_none_match=first.headers["etag"])

    assert (again.status_code, again.content) == (304, b"")


async def test_a_changed_setting_is_another_file() -> None:
    rig = a_rig()
    first = await get(rig)
    rig.sites.apply(site_settings(revision=2, back_office_hosts=()))

    second = await get(rig, if_none_match=first.headers["etag"])

    assert second.status_code == 200
    assert second.headers["etag"] != first.headers["etag"]


async def test_an_unknown_key_and_another_address_have_no_file() -> None:
    rig = a_rig()

    answers = [await get(rig, "/s/bk_zzzzzzzzzzzzzzzz.js"), await get(rig, "/s/.js"), await get(rig, "/s/../http.py")]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


async def test_the_visitor_cookie_is_renewed_for_400_days_on_the_shops_domain_alone() -> None:
    value = f"{VISITOR}.29926312"
    near = await get(a_rig(), cookie=f"a=b; _beckon{MARK}={value}; _beckon00000000={value}")
    far = await get(a_rig(), cookie=f"_beckon{MARK}={value}", host="ingest.beckon.example.net")
    none = await get(a_rig(), cookie=f'_beckon{MARK}="><script>.0')

    assert near.headers["set-cookie"] == (f"_beckon{MARK}={value}; Domain=shop.example; Path=/; Max-Age=34560000; SameSite=Lax")
    assert "set-cookie" not in far.headers
    assert "set-cookie" not in none.headers


@pytest.mark.parametrize(
    ("ingest", "shop", "domain"),
    [
        ("ingest.example", "shop.office.example", "office.example"),
        ("t.office.example", "shop.office.example", "office.example"),
        ("t.shop.example", "www.shop.example", "shop.example"),
        ("shop.example:8443", "shop.example", "shop.example"),
        ("ingest.example", "shop.example", ""),
        ("127.0.0.1:8701", "shop.localhost:8703", ""),
        ("10.0.0.1", "192.168.0.1", ""),
        ("[::1]:8701", "shop.example", ""),
        ("localhost", "localhost", ""),
        ("", "shop.example", ""),
    ],
)
async def test_the_cookies_domain_is_what_both_share(ingest: str, shop: str, domain: str) -> None:
    rig = a_rig(settings=site_settings(hosts=(shop,)))
    site = rig.sites.by_key(SITE_KEY)

    assert site is not None
    assert cookie_domain(ingest, site) == domain


@pytest.mark.parametrize(
    ("ingest", "hosts", "offices", "domain"),
    [
        ("beacons.example", ("shop.example", "www.shop.example"), ("nexternal.com", "www.nexternal.com"), "shop.example"),
        ("t.shop.example", ("shop.example", "www.shop.example"), ("nexternal.com",), "shop.example"),
        ("beacons.example", ("store.nexternal.com",), ("nexternal.com", "www.nexternal.com"), "nexternal.com"),
        ("beacons.example", ("wine.example", "cheese.example"), ("nexternal.com",), ""),
    ],
)
async def test_a_back_office_elsewhere_takes_no_cookie_from_the_hosts_of_one_shop(
    ingest: str, hosts: tuple[str, ...], offices: tuple[str, ...], domain: str
) -> None:
    site = a_rig(settings=site_settings(hosts=hosts, back_office_hosts=offices)).sites.by_key(SITE_KEY)

    assert site is not None
    assert cookie_domain(ingest, site) == domain


async def test_what_was_pointed_out_is_a_file_for_its_shop_alone() -> None:
    pointing = Pointing(number=3, path="/korb", line=("div.posten",), title=("b",), email=('[name="f1"]',))
    rigs = [a_rig(settings=site_settings().model_copy(update={"pointing": pointing})), a_rig()]
    readers = [(await get(rig, f"/s/{SITE_KEY}/readers.js")).text for rig in rigs]
    pointed, unpointed = [await get(rig, f"/s/{SITE_KEY}/pointing.js") for rig in rigs]

    assert ['"t":true' in text for text in readers] == [True, False]
    assert pointed.text.startswith('pointing({"path":"/korb","parameters":[],"line":["div.posten"],"title":["b"],')
    assert '"email":["[name=\\"f1\\"]"]' in pointed.text
    assert unpointed.status_code == 404


async def test_the_picker_is_served_where_the_console_has_an_address() -> None:
    rig = a_rig()
    without = await get(rig, f"/s/{SITE_KEY}/picker.js")
    rig.app.snippet = SnippetFile(rig.ingestion, some_built("run(__BECKON_CONFIG__)"), "https://t", "https://n", "https://c/")
    answer = await get(rig, f"/s/{SITE_KEY}/picker.js")

    assert without.status_code == 404
    assert answer.text == 'picker({"c":"https://c"})'


async def test_what_waits_for_consent_is_in_the_core_of_shops_that_ask_first_alone() -> None:
    asking = site_settings().model_copy(update={"consent_required": True, "privacy_control": PrivacyControl.DENY})
    core, core_that_asks = [(await get(rig)).text for rig in (a_rig(), a_rig(settings=asking))]

    assert "consent(" not in core
    assert core_that_asks.endswith(";consent({})")
    assert ('"c":1' in core, '"g":1' in core) == (False, False)
    assert ('"c":1' in core_that_asks, '"g":1' in core_that_asks) == (True, True)


async def test_a_shop_that_ignores_the_signal_does_not_have_it_read() -> None:
    ignoring = site_settings().model_copy(update={"privacy_control": PrivacyControl.IGNORE})

    assert '"g"' not in (await get(a_rig(settings=ignoring), f"/s/{SITE_KEY}/readers.js")).text


@pytest.mark.parametrize(
    ("capture", "asks_first", "written"),
    [
        (None, True, ""),
        (FieldCapture.BLUR, True, ""),
        (FieldCapture.SUBMIT, False, '"f":"submit"'),
        (FieldCapture.LIVE, True, '"f":"live"'),
        (FieldCapture.LIVE, False, ""),
    ],
)
async def test_fields_are_read_while_typed_of_shoppers_alone_who_are_asked(
    capture: FieldCapture | None, asks_first: bool, written: str
) -> None:
    settings = site_settings().model_copy(update={"field_capture": capture, "consent_required": asks_first})
    readers = (await get(a_rig(settings=settings), f"/s/{SITE_KEY}/readers.js")).text

    assert (written in readers, '"f"' in readers) == (True, bool(written))
