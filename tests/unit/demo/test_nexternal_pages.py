"""Store and OMS of the make-believe Nexternal over HTTP, as a browser without scripts sees them."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from deploy.demo.nexternal.account import Account
from deploy.demo.nexternal.app import build
from deploy.demo.nexternal.records import Person
from deploy.demo.nexternal.simulator import Simulator
from tests.support.builders.nexternal import ACCOUNT, PASSWORD, USER, SetClock, XmlClient, text

OMS, STORE = f"http://oms.localhost/{ACCOUNT}", f"http://store.localhost/{ACCOUNT}"
ANNA = Person("anna@mail.example", "Anna", "Hill", "Hill & Sons")


class Nexternal:
    """One browser, and the account behind the pages."""

    def __init__(self, http: httpx.AsyncClient, account: Account) -> None:
        self.http = http
        self.account = account

    async def reads(self, address: str) -> str:
        """A page as text."""
        return (await self.http.get(address)).text

    async def sends(self, address: str, **fields: str) -> httpx.Response:
        """A form; where it leads to."""
        return await self.http.post(address, data=fields)


@pytest_asyncio.fixture
async def nexternal() -> AsyncIterator[Nexternal]:
    simulator = Simulator(SetClock())
    transport = httpx.ASGITransport(build(simulator))
    async with httpx.AsyncClient(transport=transport, follow_redirects=True) as http:
        yield Nexternal(http, simulator.open_account(ACCOUNT))


async def test_xml_tools_are_switched_on_by_memorandum_user_and_test(nexternal: Nexternal) -> None:
    page, xml = f"{OMS}/settings/xml-tools", XmlClient(nexternal.http, SetClock())
    xml.http.base_url = httpx.URL("http://www.nexternal.localhost")
    short = await nexternal.sends(f"{page}/users", name=USER, password="short", OrderQuery="1")
    await nexternal.sends(f"{page}/users", name=USER, password=PASSWORD, OrderQuery="1", CustomerQuery="1")

    before = await xml.post("TestSubmit")
    await nexternal.sends(f"{page}/memorandum", accepted="1")
    key = await xml.pass_test()
    refused = await xml.query("ProductQuery", key=key)
    shown = await nexternal.reads(page)

    assert "8 characters or more" in short.text
    assert text(before, "Error/ErrorDescription") == "The Memorandum of Understanding has not been accepted."
    assert f"<td>{USER}</td><td>CustomerQuery, OrderQuery</td><td>passed</td><td>{key}</td>" in shown
    assert text(refused, "Error/ErrorDescription") in shown, "the failure log lists it"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("last_name=HI", "Attach Anna Hill"),
        ("company=hill%20%26", "Attach Anna Hill"),
        ("email=anna@mail.example", "Attach Anna Hill"),
        ("last_name=Anna", "Nobody was found."),
        ("last_name=Hill&email=anna", "Search by exactly one"),
        ("last_name=&company=&email=", "Search by exactly one"),
    ],
)
async def test_a_customer_is_found_by_exactly_one_field(nexternal: Nexternal, query: str, found: str) -> None:
    nexternal.account.add_customer(ANNA, "OMS")

    assert found in await nexternal.reads(f"{OMS}/internal/identify.aspx?{query}")


async def test_a_new_order_has_no_customer_of_the_one_before(nexternal: Nexternal) -> None:
    nexternal.account.add_customer(ANNA, "OMS")
    attached = await nexternal.sends(f"{OMS}/customers/5001/order")
    await nexternal.sends(f"{OMS}/internal/addtocart.aspx", ProductNo="101", Qty="1")

    new = await nexternal.sends(f"{OMS}/orders/new")

    assert "This order is for <strong>Anna Hill</strong>" in attached.text
    assert "No customer is attached to this order." in new.text
    assert "currently empty" in await nexternal.reads(f"{OMS}/internal/invoice.aspx")


async def test_staff_and_shopper_in_one_browser_have_carts_of_their_own(nexternal: Nexternal) -> None:
    await nexternal.sends(f"{OMS}/internal/addtocart.aspx", ProductNo="101", Qty="1")
    store = await nexternal.sends(f"{STORE}/addtocart.aspx", ProductNo="102", Qty="2")

    assert ("Old Harbor" in store.text, "Lighthouse" in store.text) == (False, True)
    assert 'QuantityTotal": 2' in await nexternal.reads(f"{STORE}/cartcontents.js")


async def test_a_customer_with_the_same_address_is_refused_and_named(nexternal: Nexternal) -> None:
    nexternal.account.add_customer(ANNA, "OMS")

    listed = await nexternal.sends(f"{OMS}/customers/new", email="ANNA@mail.example")
    identified = await nexternal.sends(f"{OMS}/internal/identify.aspx", email="ANNA@mail.example")
    nameless = await nexternal.sends(f"{OMS}/customers/new", type="Consumer")

    assert [answer.status_code for answer in (listed, identified, nameless)] == [400, 400, 400]
    assert "There is a customer with the e-mail address ANNA@mail.example already." in listed.text
    assert len(nexternal.account.customers) == 1


async def test_a_second_press_of_place_order_places_no_second_order(nexternal: Nexternal) -> None:
    await nexternal.sends(f"{STORE}/addtocart.aspx", ProductNo="101", Qty="1")
    wrong = await nexternal.sends(f"{STORE}/checkout.aspx", email="anna@")
    placed = [await nexternal.sends(f"{STORE}/checkout.aspx", email="anna@mail.example") for _ in range(2)]

    assert (wrong.status_code, "Enter an e-mail address" in wrong.text) == (400, True)
    assert ['<strong id="order-number">1001</strong>' in answer.text for answer in placed] == [True, True]
    assert len(nexternal.account.orders) == 1


@pytest.mark.parametrize(("name", "status"), [("a.js", 200), ("..", 400), ("a/b.js", 400), ("<b>.js", 400), ("", 400)])
async def test_a_file_is_imported_under_a_plain_name_alone(nexternal: Nexternal, name: str, status: int) -> None:
    answer = await nexternal.http.post(f"{OMS}/layout/import", files={"file": (name, b"1")})

    assert answer.status_code == status
    assert list(nexternal.account.settings.files) == ([name] if status == 200 else [])


async def test_an_alias_that_is_no_host_is_refused_and_none_takes_it_away(nexternal: Nexternal) -> None:
    refused = await nexternal.sends(f"{OMS}/settings/site-options", domain_alias="http://wine.example/")
    await nexternal.sends(f"{OMS}/settings/site-options", domain_alias="Wine.Example")
    under_alias = [
        await nexternal.http.get(f"http://wine.example/{path}") for path in ("", f"{ACCOUNT}/", "x-p101.aspx", "x-p9.aspx")
    ]
    await nexternal.sends(f"{OMS}/settings/site-options", domain_alias="")

    assert (refused.status_code, nexternal.account.settings.domain_alias) == (400, "")
    assert [answer.status_code for answer in under_alias] == [200, 200, 200, 404]


@pytest.mark.parametrize("position", ["End of Head", "Start of Body", "End of Body"])
async def test_the_tracking_code_stands_where_its_position_is_set(nexternal: Nexternal, position: str) -> None:
    code = "<script>\n\t/* é & < ' \" [OrderNo] */</script>"
    await nexternal.sends(f"{OMS}/settings/policies", tracking_code=code, tracking_position=position)

    page = await nexternal.reads(f"{STORE}/")

    before, after = page.split(code)
    expected = {"End of Head": "</head>", "Start of Body": '<a class="skip"', "End of Body": "</body>"}
    assert after.lstrip().startswith(expected[position])
    assert ("</head>" in before) == (position != "End of Head")
    assert code not in await nexternal.reads(f"{OMS}/internal/"), "staff's pages go without it"


async def test_a_form_of_another_site_changes_nothing(nexternal: Nexternal) -> None:
    page, elsewhere = f"{OMS}/settings/policies", {"Origin": "http://evil.example"}

    answer = await nexternal.http.post(page, data={"tracking_code": "x"}, headers=elsewhere)

    assert (answer.status_code, nexternal.account.settings.tracking_code) == (403, "")


async def test_a_bulk_order_needs_customers_of_its_type_and_a_product(nexternal: Nexternal) -> None:
    bulk = f"{OMS}/orders/bulk"
    nobody = await nexternal.sends(bulk, type="Wine Club Member", ProductNo="101", Qty="1")
    nothing = await nexternal.sends(bulk, type="Wine Club Member", ProductNo="1", Qty="1")
    nexternal.account.add_customer(ANNA, "OMS", "Wine Club Member")
    placed = await nexternal.sends(bulk, type="Wine Club Member", ProductNo="101", Qty="1", SendConfirmation="1")

    assert "There is no customer of this type." in nobody.text
    assert "Choose a product and how many of it." in nothing.text
    assert "1 order was placed." in placed.text
    assert "Order Confirmation - Order 1001" in await nexternal.reads(f"{OMS}/outbox")
