"""CartStack's addresses: the file its pages load, and the call by which a shop's server confirms a purchase."""

import httpx
import pytest

from shared.events.envelope import IdentityKind
from shared.events.storefront import OrderReported, Witness
from tests.support.builders.ingest import API_SECRET, KEY_ID, SITE_KEY, Rig, a_rig

KEY = f"bsk_{KEY_ID}_{API_SECRET}"


async def get(rig: Rig, path: str, **query: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=rig.app), base_url="http://t.shop.example") as client:
        return await client.get(path, params=query)


async def test_the_file_for_cartstack_pages_is_the_core_with_their_commands_behind_it() -> None:
    rig = a_rig()
    core = await get(rig, f"/s/{SITE_KEY}.js")

    answer = await get(rig, f"/s/{SITE_KEY}/cartstack.js")

    assert answer.text == f"{core.text};cartstack({{}})"
    assert answer.headers["etag"] != core.headers["etag"]
    assert (await get(rig, "/s/bk_zzzzzzzzzzzzzzzz/cartstack.js")).status_code == 404


@pytest.mark.parametrize("path", ["/compat/ss/v1", "/compat/ss/v1/"])
async def test_a_confirmation_by_a_shops_server_is_a_signed_order(path: str) -> None:
    rig = a_rig()

    answer = await get(rig, path, key=KEY, siteid="k49Example", email="Anna@shop.example", total="129.90")

    (event,) = rig.kafka.events()
    assert (answer.status_code, answer.json()) == (200, {"resp": 100, "err_txt": ""})
    assert isinstance(event, OrderReported)
    assert event.total is not None
    assert (event.witness, event.verified, event.total.minor) == (Witness.SERVER, True, 12990)
    assert [identity.kind for identity in event.identities] == [IdentityKind.EMAIL]


async def test_a_confirmation_that_comes_twice_is_one_order_by_its_number() -> None:
    rig = a_rig()
    order = {"key": KEY, "email": "anna@shop.example", "order_id": "1001", "placed_at": "2026-11-25T11:59:00Z"}

    for _ in range(2):
        await get(rig, "/compat/ss/v1/", **order)

    first, second = rig.kafka.events()
    assert isinstance(first, OrderReported)
    assert (first.event_id, first.order_id) == (second.event_id, "1001")


@pytest.mark.parametrize(
    ("query", "status", "remedy"),
    [
        ({"email": "anna@shop.example"}, 401, "Sign with a secret key of the site"),
        ({"key": f"bsk_{KEY_ID}_{'x' * 32}", "email": "anna@shop.example"}, 401, "Sign with a secret key of the site"),
        ({"key": KEY}, 400, "Name the shopper"),
        ({"key": KEY, "email": "nobody"}, 400, "Name the shopper"),
    ],
)
async def test_a_confirmation_that_cannot_be_taken_has_cartstacks_answer(
    query: dict[str, str], status: int, remedy: str
) -> None:
    rig = a_rig()

    answer = await get(rig, "/compat/ss/v1/", **query)

    assert (answer.status_code, answer.json()["resp"]) == (status, 101)
    assert remedy in answer.json()["err_txt"]
    assert rig.kafka.events() == []
