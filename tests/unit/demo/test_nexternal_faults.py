"""What XML Tools of the make-believe Nexternal does wrong on request: it is what the switch is named after."""

from xml.etree import ElementTree

import httpx
import pytest

from tests.support.builders.nexternal import XmlClient, order_range, root_of, text


async def test_a_fault_meets_its_requests_so_many_times(client: XmlClient) -> None:
    key = await client.pass_test()
    await client.switch({"kind": "throttled", "times": 1, "requests": ["orderquery"]})

    products = await client.query("ProductQuery", key=key)
    first, second = [await client.query("OrderQuery", order_range(), key=key) for _ in range(2)]

    assert products.find("Error") is None
    assert text(first, "Error/ErrorDescription").startswith("An excessive number of")
    assert second.find("Error") is None
    assert [call["answer"] for call in await client.calls()][-2:] == [text(first, "Error/ErrorDescription"), "ok"]


@pytest.mark.parametrize("kind", ["cut", "empty", "wrong_charset", "html"])
async def test_a_broken_reply_is_no_xml_of_the_query(client: XmlClient, kind: str) -> None:
    key = await client.pass_test()
    await client.place()
    await client.switch({"kind": kind})

    answer = await client.send("OrderQuery", order_range(), key=key)

    assert answer.status_code == httpx.codes.OK
    with pytest.raises((ElementTree.ParseError, AssertionError)):
        assert root_of(answer).tag == "OrderQueryReply"


async def test_replies_that_are_entities_huge_or_unavailable(client: XmlClient) -> None:
    key = await client.pass_test()
    await client.place()
    await client.switch(
        {"kind": "entities", "times": 1}, {"kind": "huge", "bytes": 1_000_000, "times": 1}, {"kind": "unavailable"}
    )

    entities, huge, unavailable = [await client.send("OrderQuery", order_range(), key=key) for _ in range(3)]

    assert b"<!ENTITY" in entities.content
    assert len(huge.content) > 900_000
    assert len(root_of(huge).findall("Order")) == 1
    assert unavailable.status_code == httpx.codes.SERVICE_UNAVAILABLE


@pytest.mark.parametrize(
    ("kind", "path", "shown"),
    [
        ("another_account", ".", "somebodyelse"),
        ("endless_pages", "NextPage", "2"),
        ("no_numbers", "Order/OrderNo", ""),
        ("odd_amounts", "Order/OrderAmount", "-1,00 NaN"),
        ("odd_times", "Order/OrderDate/DateTime/Time", "25:61"),
    ],
)
async def test_a_lying_reply_is_well_formed(client: XmlClient, kind: str, path: str, shown: str) -> None:
    key = await client.pass_test()
    await client.place()
    await client.switch({"kind": kind})

    reply = await client.query("OrderQuery", order_range(), key=key)

    assert (reply.get("AccountName") if path == "." else text(reply, path)) == shown
    assert len(reply.findall("Order")) == 1


async def test_a_repeated_record_and_the_root_of_another_reply(client: XmlClient) -> None:
    key = await client.pass_test()
    await client.place()
    await client.switch({"kind": "repeated", "times": 1}, {"kind": "another_reply"})

    repeated, another = [await client.query("OrderQuery", order_range(), key=key) for _ in range(2)]

    assert [text(order, "OrderNo") for order in repeated.findall("Order")] == ["1001", "1001"]
    assert another.tag == "InventoryUpdateReply"
