"""XML Tools of the make-believe Nexternal: as public clients ask, with what its vendor documents in the replies."""

from datetime import timedelta
from xml.etree.ElementTree import Element

import httpx
import pytest

from deploy.demo.nexternal.options import CARD_CANARY
from tests.support.builders.nexternal import ACCOUNT, NOON, PASSWORD, USER, XmlClient, order_range, root_of, text


@pytest.mark.parametrize("key_type", ["Node", "Attribute"])
async def test_the_xml_test_in_two_steps_gives_a_key_that_queries_carry(client: XmlClient, key_type: str) -> None:
    await client.configure(options={"key_type": key_type})

    early = await client.query("OrderQuery", order_range(), key="0")
    key = await client.pass_test()
    reply = await client.query("OrderQuery", order_range(), key=key)

    assert text(early, "Error/ErrorDescription") == "The credentials are not valid."
    assert (reply.tag, reply.get("AccountName"), len(reply)) == ("OrderQueryReply", ACCOUNT, 0)


async def test_the_second_step_wants_its_key_where_the_first_one_has_named(client: XmlClient) -> None:
    await client.configure(options={"key_type": "Attribute"})
    submitted = await client.post("TestSubmit")
    key = text(submitted, "TestKey")

    in_node = await client.post("TestVerify", f"<Key>{key}</Key>")

    assert submitted.get("Type") == "Attribute"
    assert "belongs into the Attribute Key" in text(in_node, "Error/ErrorDescription")


async def test_name_and_password_on_each_query_are_the_other_style(client: XmlClient) -> None:
    before = await client.query("ProductQuery")
    await client.configure(options={"credential_styles": ["password"]})
    verified = await client.pass_test()
    reply = await client.query("ProductQuery")
    by_key = await client.query("ProductQuery", key="anything")

    assert text(before, "Error/ErrorDescription") == "The XML test has not been passed."
    assert verified == USER
    assert text(reply, "Product/ProductSKU") == "old-harbor-red"
    assert text(by_key, "Error/ErrorDescription") == "The credentials are not valid."


async def test_a_user_without_the_ticked_privilege_is_refused_and_it_is_logged(client: XmlClient) -> None:
    await client.configure(users=[{"name": USER, "password": PASSWORD, "privileges": ["OrderQuery"]}])
    await client.configure(options={"error_element": "Errors"})
    key = await client.pass_test()

    refused = await client.query("CustomerUpdate", "", key=key)

    (failure,) = (await client.http.get(f"/_control/accounts/{ACCOUNT}")).json()["failures"]
    assert text(refused, "Errors/ErrorDescription") == "This user has no privilege for CustomerUpdate."
    assert (await client.calls())[-1]["answer"] == failure["description"] == "This user has no privilege for CustomerUpdate."
    assert failure["failed_at"] == NOON.isoformat()


async def test_an_order_is_replied_with_minutes_lines_and_card_data(client: XmlClient) -> None:
    key = await client.pass_test()
    placed = await client.place(origin="online", lines=[{"product": "old-harbor-red", "quantity": 2}])

    (order,) = (await client.query("OrderQuery", order_range(), key=key)).findall("Order")

    when = text(order, "OrderDate/DateTime/Date"), text(order, "OrderDate/DateTime/Time")
    assert when == ("07/01/2026", "12:00"), "to the minute, on the account's clock, with no zone"
    assert (text(order, "OrderNo"), text(order, "OrderAmount")) == (str(placed["order_no"]), "49.00")
    assert (text(order, "PlacedBy"), text(order, "BillingStatus")) == ("Customer", "Authorized")
    assert text(order, "Browser/BrowserName").startswith("Chrome")
    assert text(order, "Payment/CreditCard/CreditCardNumber") == CARD_CANARY
    assert text(order, "ShipTo/ShipFrom/LineItem/LineProduct/ProductSKU") == "old-harbor-red"
    assert text(order, "ShipTo/ShipFrom/LineItem/Quantity") == "2"
    assert text(order, "BillTo/Address/PhoneNumber") == "+14235550123"
    assert text(order, "Customer/Email") == "", "the e-mail address is asked for by CustomerQuery"


@pytest.mark.parametrize(("origin", "placed_by"), [("staff", "Internal"), ("club", "Club"), ("import", "XML Tools")])
async def test_an_order_that_no_browser_placed_has_no_browser(client: XmlClient, origin: str, placed_by: str) -> None:
    key = await client.pass_test()
    await client.place(origin=origin)

    (order,) = (await client.query("OrderQuery", order_range(), key=key)).findall("Order")

    assert text(order, "PlacedBy") == placed_by
    assert (order.find("Browser"), order.find("IP"), order.find("Payment/CreditCard")) == (None, None, None)


async def test_a_range_goes_by_the_last_update_and_pages_end(client: XmlClient) -> None:
    await client.configure(options={"page_size": 2})
    key = await client.pass_test()
    for _ in range(5):
        await client.place()
    client.now.time = NOON + timedelta(hours=1)
    await client.place()
    await client.change_order(1001, status="Canceled", billing_status="Refunded")

    pages = [await client.query("OrderQuery", order_range(NOON, NOON, page=page), key=key) for page in (1, 2)]
    later = await client.query("OrderQuery", order_range(client.now.time, client.now.time), key=key)

    assert [[text(order, "OrderNo") for order in page.findall("Order")] for page in pages] == [
        ["1002", "1003"],
        ["1004", "1005"],
    ]
    assert [text(page, "NextPage") for page in pages] == ["2", ""]
    assert [(text(each, "OrderNo"), text(each, "OrderStatus")) for each in later.findall("Order")] == [
        ("1001", "Canceled"),
        ("1006", "Unshipped"),
    ]


async def test_orders_are_found_by_number_and_by_billing_status(client: XmlClient) -> None:
    key = await client.pass_test()
    for _ in range(3):
        await client.place()
    await client.change_order(1002, billing_status="Paid")

    by_number = "<OrderNoRange><OrderNoStart>1002</OrderNoStart><OrderNoEnd>1003</OrderNoEnd></OrderNoRange>"
    reply = await client.query("OrderQuery", f"{by_number}<BillingStatus>Paid</BillingStatus>", key=key)

    assert [text(order, "OrderNo") for order in reply.findall("Order")] == ["1002"]


async def test_a_customers_custom_field_is_read_and_written_by_its_position(client: XmlClient) -> None:
    await client.configure(custom_fields={3: "I would like to receive SMS messages"})
    key = await client.pass_test()
    number = (await client.place(customer={"email": "anna@mail.example", "custom_fields": {}}))["customer_no"]
    asked = (
        f"<CustomerNoRange><CustomerNoStart>{number}</CustomerNoStart><CustomerNoEnd>{number}</CustomerNoEnd></CustomerNoRange>"
    )

    before = (await client.query("CustomerQuery", asked, key=key)).find("Customer")
    by_email = "<Customer Mode='Update' MatchingField='Email'><Email>Anna@mail.example</Email>"
    change = f"{by_email}<CustomField3>No</CustomField3></Customer>"
    updated = await client.query("CustomerUpdate", change, key=key)
    after = (await client.query("CustomerQuery", asked, key=key)).find("Customer")

    assert before is not None
    assert after is not None
    assert (text(before, "CustomField3"), text(after, "CustomField3")) == ("", "No")
    assert text(updated, "Customer/CustomerNo") == str(number)
    assert (text(after, "SavedCreditCards/CreditCard/CreditCardNumber"), after.find("Active") is not None) == (
        CARD_CANARY,
        True,
    )
    assert after.find("Address/PrimaryBill") is not None


@pytest.mark.parametrize(
    ("customers", "description"),
    [
        ("", "A request has 1 to 15 customers."),
        ("<Customer Mode='Update' MatchingField='Email'><Email>x@y.example</Email></Customer>" * 16, "1 to 15 customers"),
        ("<Customer Mode='Update' MatchingField='Email'><Email>x@y.example</Email></Customer>", "the customer is not there"),
        ("<Customer Mode='Update' MatchingField='Phone'/>", "MatchingField is CustomerNo or Email"),
        ("<Customer Mode='Drop' MatchingField='CustomerNo'><CustomerNo>1</CustomerNo></Customer>", "Mode is Add or Update."),
    ],
)
async def test_an_update_that_cannot_be_applied_names_the_reason(client: XmlClient, customers: str, description: str) -> None:
    key = await client.pass_test()

    reply = await client.query("CustomerUpdate", customers, key=key)

    assert description in text(reply, "Error/ErrorDescription")


async def test_more_requests_than_a_minute_allows_are_excessive(client: XmlClient) -> None:
    key = await client.pass_test()
    client.now.time += timedelta(minutes=2)
    await client.configure(options={"requests_per_minute": 2})

    answers = [text(await client.query("OrderQuery", order_range(), key=key), "Error/ErrorDescription") for _ in range(3)]
    client.now.time += timedelta(minutes=1)
    later = await client.query("OrderQuery", order_range(), key=key)

    assert answers[:2] == ["", ""]
    assert answers[2].startswith("An excessive number of")
    assert text(later, "Error/ErrorDescription") == ""


async def test_a_name_of_markup_and_control_characters_stays_text(client: XmlClient) -> None:
    key = await client.pass_test()
    name = "</Order><Order>&amp; \x00\x0b'\""
    await client.place(customer={"email": "x@mail.example", "first_name": name})

    (order,) = (await client.query("OrderQuery", order_range(), key=key)).findall("Order")

    assert text(order, "BillTo/Address/Name/FirstName") == "</Order><Order>&amp; '\""


@pytest.mark.parametrize(
    ("body", "description"),
    [
        (b"<OrderQueryRequest>", "not well-formed"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><OrderQueryRequest/>', "A document type is not accepted."),
        (b"<CustomerQueryRequest/>", "OrderQueryRequest is expected here"),
        (b"<OrderQueryRequest/>", "The credentials are not valid."),
        (b"\xff\xfe", "not well-formed"),
    ],
)
async def test_a_request_that_cannot_be_read_is_answered_with_the_reason(
    client: XmlClient, body: bytes, description: str
) -> None:
    answer = await client.http.post("/shared/xml/orderquery.rest", content=body)

    assert answer.status_code == httpx.codes.OK
    assert description in text(root_of(answer), "Error/ErrorDescription")


async def test_a_time_that_is_none_is_named(client: XmlClient) -> None:
    key = await client.pass_test()

    reply = await client.query("OrderQuery", "<OrderUpdRange><OrderUpdStart/></OrderUpdRange>", key=key)

    assert "OrderUpdRange/OrderUpdStart needs a Date of MM/DD/YYYY" in text(reply, "Error/ErrorDescription")


async def test_a_products_links_lead_to_the_store_and_to_its_alias(client: XmlClient) -> None:
    key = await client.pass_test()
    by_sku = "<ProductSKU>lighthouse-pinot</ProductSKU>"

    product: Element | None = (await client.query("ProductQuery", by_sku, key=key)).find("Product")

    assert product is not None
    assert text(product, "ProductLink/StoreFront") == (f"http://store.localhost/{ACCOUNT}/Lighthouse-Pinot-Noir-2023-p102.aspx")
    assert text(product, "ProductLink/DirectCheckout").endswith("/addtocart.aspx?ProductNo=102&Qty=1")


async def test_pages_and_people_elsewhere_do_not_reach_the_control_surface(client: XmlClient) -> None:
    from_page = await client.http.get(f"/_control/accounts/{ACCOUNT}", headers={"Origin": "http://evil.example"})
    unknown = await client.http.put(f"/_control/accounts/{ACCOUNT}", json={"options": {"page_sise": 1}})

    assert from_page.status_code == httpx.codes.FORBIDDEN
    assert (unknown.status_code, "page_sise" in unknown.json()["error"]) == (httpx.codes.BAD_REQUEST, True)
