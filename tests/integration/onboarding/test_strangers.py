"""Whatever a stranger or a merchant sends to the console, it answers: no header, field, path or query ends in a 500."""

import json
import re
from collections.abc import Iterator
from itertools import cycle
from urllib.parse import quote

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from services.onboarding.storage.live import parse_cursor
from services.onboarding.web import requests
from services.onboarding.web.pages import COOKIE, cookie_of
from tests.support.ratios import holds_ratio
from tests.support.stories.console_client import PASSWORD, ConsoleClient
from tests.support.strangers import HOSTILE_TEXTS, status_of

FIELDS = sorted(
    {name for kind in vars(requests).values() if isinstance(kind, type) for name in getattr(kind, "model_fields", {})}
)
ODD_NUMBERS: tuple[object, ...] = (10**4200, -1, float("nan"), float("inf"), 1e308, True, None, [[]], {"a": {}})


def posts_of(app: Starlette, site_id: object) -> Iterator[str]:
    for route in app.routes:
        if isinstance(route, Route) and "POST" in (route.methods or set()) and "signout" not in route.path:
            yield re.sub(r"\{\w+:\w+\}", "nothing", route.path.replace("{site_id:uuid}", str(site_id)))


def as_json(fields: object) -> bytes:
    return json.dumps(fields).encode()


async def token_of(merchant: ConsoleClient) -> str:
    answer = await merchant.http.post("/api/signin", data={"email": merchant.email, "password": PASSWORD})
    return str(answer.json()["token"])


async def test_no_field_of_any_form_ends_in_an_error(app: Starlette, anna: ConsoleClient) -> None:
    texts, numbers = cycle(HOSTILE_TEXTS), cycle(ODD_NUMBERS)
    token = await token_of(anna)
    bearer = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    failed = []
    for path in posts_of(app, anna.site_id):
        bodies = [
            as_json({name: next(texts) for name in FIELDS}),
            as_json({name: next(texts) for name in FIELDS}),
            as_json({name: next(numbers) for name in FIELDS}),
            as_json({next(texts): next(texts) for _ in range(20)}),
            b"[" * 20_000,
        ]
        answers = [await anna.http.post(path, content=body, headers=bearer) for body in bodies]
        form = "&".join(f"{name}={quote(next(texts)[:500].encode('utf-8', 'surrogatepass'))}" for name in FIELDS)
        plain = bearer | {"Content-Type": "application/x-www-form-urlencoded"}
        answers += [
            await anna.http.post(path, content=raw, headers=plain) for raw in (form.encode(), b"\xff=\xfe&%ED%A0%80=%00")
        ]
        failed += [(path, number) for number, answer in enumerate(answers) if answer.status_code >= 500]

    assert failed == []


async def test_no_header_ends_in_an_error(anna: ConsoleClient) -> None:
    token = await token_of(anna)
    for value in (*HOSTILE_TEXTS, "99999999999999999999-9999999999999999999", "Bearer \u00ff", f'{COOKIE}="{300 * chr(92)}"'):
        hostile = value.encode("latin-1", "ignore").replace(b"\0", b"") or b" "
        around = {b"referer": hostile, b"last-event-id": hostile, b"content-type": hostile, b"sec-fetch-site": hostile}
        signed_in = {b"authorization": f"Bearer {token}".encode()}
        answers = [
            await anna.http.post(anna.site("/pause"), headers=around | signed_in),
            await anna.http.post(anna.site("/pause"), headers={b"origin": hostile}),
            await anna.http.get(anna.site("/setup"), headers=around | signed_in | {b"host": hostile}),
            await anna.http.get(anna.site("/setup"), headers={b"cookie": hostile}),
            await anna.http.post("/signin", headers={b"origin": hostile, b"host": hostile, b"authorization": hostile}),
        ]
        assert max(answer.status_code for answer in answers) < 500, value


@pytest.mark.parametrize("path", ["/share/{}", "/static/{}", "/{}", "/sites/{}/setup", "/api/{}"])
async def test_no_path_and_no_query_ends_in_an_error(app: Starlette, anna: ConsoleClient, path: str) -> None:
    for text in HOSTILE_TEXTS:
        part = quote(text[:1000].encode("utf-8", "replace"), safe="") or "x"
        assert (await anna.http.get(path.format(part))).status_code < 500, part
        assert (await anna.http.get(path.format("x") + "?after=" + part)).status_code < 500, part
    cookie = {b"cookie": anna.http.headers["Cookie"].encode(), b"host": b"console.example"}
    for query in (b"\xff", b"%FF", b"v=\xff", b"after=99999999999999999999-9999999999999999999"):
        assert await status_of(app, path.format("x"), query, cookie) < 500, query
        assert await status_of(app, anna.site("/setup"), query, cookie) == 200, query


@pytest.mark.parametrize(
    "place", ["99999999999999999999-1", "1-9999999999999999999", "18446744073709551616-0", "\u0663-\u0663"]
)
def test_a_stream_goes_on_from_a_place_that_there_can_be_or_from_none(place: str) -> None:
    found = parse_cursor(place)

    assert found is None or (found.written_in < 2**64 and found.seq < 2**63)


def test_a_cookie_is_read_in_time_that_grows_with_its_length() -> None:
    def request(length: int) -> Request:
        cookies = f'other="{length * chr(92)}"; {COOKIE}={43 * "a"}'
        return Request({"type": "http", "headers": [(b"cookie", cookies.encode())]})

    short, long = request(100_000), request(200_000)

    assert cookie_of(short, COOKIE) == 43 * "a"
    assert holds_ratio(lambda asked: cookie_of(asked, COOKIE), short, long)
