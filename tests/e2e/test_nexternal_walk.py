"""A Nexternal merchant's own help pages, walked line by line: set-up of the codes, SMS, push, and manual orders."""

import re

from playwright.async_api import FilePayload, Page, expect

from services.onboarding.platforms import guide_of
from shared.events.envelope import Money, Origin
from shared.events.storefront import ConsentGiven
from tests.support.browsers.nexternal_lab import NexternalLab, a_nexternal_lab, finish, walk

GUIDE = guide_of("nexternal")
WINE, SKU = "Old Harbor Red 2022", "old-harbor-red"
OPT_IN = "I would like to receive SMS messages"
SHOPPER, PHONE = "anna@mail.example", "+14235550123"
MARKUP = "<img src=x onerror='window.ran=1'></script><script>window.ran=1;alert(1)</script>\"'"


async def test_a_merchant_follows_the_guides_menus_and_a_shopper_is_seen_on_the_alias() -> None:
    async with a_nexternal_lab() as lab:
        oms = await lab.opens(f"{lab.oms}/")
        await pastes_the_codes(lab, oms)
        await adds_the_sms_field(lab, oms)
        await sets_the_alias_and_imports_the_push_file(lab, oms)

        await assert_a_shoppers_order_is_seen(lab)


async def pastes_the_codes(lab: NexternalLab, oms: Page) -> None:
    """Settings > Policies, Addenda and Disclaimers > Edit: both codes, End of Head, Finish."""
    await (await walk(oms, GUIDE.tracking["menu"])).fill(lab.tracking)
    await oms.get_by_label("Tracking Code Position").select_option("End of Head")
    await oms.get_by_label("Order/Affiliate Addendum").fill(lab.confirmation)
    await finish(oms)
    assert (lab.account.settings.tracking_code, lab.account.settings.addendum) == (lab.tracking, lab.confirmation)

    field = await walk(oms, GUIDE.confirmation["menu"])
    await expect(field, "what was pasted stands there again").to_have_value(lab.confirmation)
    assert f"{lab.tracking}</head>" in (await lab.http.get(f"{lab.store}/")).text


async def adds_the_sms_field(lab: NexternalLab, oms: Page) -> None:
    """Customers, the button Preferences, the first custom field that is free, Finish."""
    lab.account.settings.custom_fields[1] = "Do you like oysters?"
    await oms.get_by_role("link", name="Customers", exact=True).click()
    await oms.get_by_role("link", name="Preferences").click()
    await expect(oms.get_by_role("heading", name="Customer Custom Fields")).to_be_visible()
    await oms.get_by_label("Custom Field 2").fill(OPT_IN)
    await finish(oms)
    assert lab.account.settings.custom_fields == {1: "Do you like oysters?", 2: OPT_IN}


async def sets_the_alias_and_imports_the_push_file(lab: NexternalLab, oms: Page) -> None:
    """Settings > Edit Site Options > Domain Alias; Layout, Import, the file, and its address in bold."""
    await (await walk(oms, GUIDE.alias["menu"])).fill(lab.alias)
    await finish(oms)
    await oms.get_by_role("link", name="Layout", exact=True).click()
    await (
        oms.get_by_role("row", name=re.compile("^Images, Audio, JavaScript, CSS, or Flash Files")).get_by_text("Import").click()
    )
    worker: FilePayload = {"name": "beckon-worker.js", "mimeType": "text/javascript", "buffer": b"// version 1\n"}
    await oms.get_by_label("Choose Files").set_input_files(worker)
    await oms.get_by_role("button", name="Import").click()

    address = await oms.get_by_role("main").locator("strong").inner_text()
    file = await lab.http.get(address)
    assert address == f"http://{lab.alias}/assets/images/beckon-worker.js"
    assert (file.headers["content-type"].partition(";")[0], file.content) == ("text/javascript", b"// version 1\n")


async def assert_a_shoppers_order_is_seen(lab: NexternalLab) -> None:
    """On the alias: a category, a product, the cart, the custom field ticked, the order and its confirmation."""
    page = await lab.opens(f"http://{lab.alias}/")
    await page.get_by_role("link", name="Red wine").click()
    await page.get_by_role("link", name=WINE).click()
    await page.get_by_label("Quantity").fill("2")
    await page.get_by_role("button", name="Add to cart").click()
    await expect(page.get_by_role("heading", name="Shopping cart")).to_be_visible()
    cart = await lab.cart_of(Money(minor=4900, currency="USD"))
    assert [(item.name, item.quantity, item.unit_price) for item in cart.items] == [
        (WINE, 2, Money(minor=2450, currency="USD"))
    ]
    assert cart.reader == "nexternal"

    await page.get_by_role("link", name="Checkout").click()
    await expect(page.get_by_label(OPT_IN)).not_to_be_checked()
    await fills(page, {"E-mail": SHOPPER, "First name": "Anna", "Last name": "Hill", "Phone": PHONE})
    await page.get_by_label(OPT_IN).check()
    await lab.wait_for(lambda: bool(lab.events("consent.given")), lambda: "no consent was read")
    order_no = await places_the_order(page)

    report, (consent,) = await lab.report_of(order_no), lab.events("consent.given")
    assert (report.origin, report.total) == (Origin.STOREFRONT, Money(minor=4900, currency="USD"))
    assert isinstance(consent, ConsentGiven)
    assert (consent.wording, consent.box_state) == (OPT_IN, "ticked_by_shopper")
    assert lab.account.customers[5001].custom_fields == {1: "No", 2: "Yes"}
    assert [mail.recipient for mail in lab.account.outbox] == [SHOPPER]


async def test_staff_place_orders_from_the_record_and_from_the_order_list() -> None:
    async with a_nexternal_lab() as lab:
        settings = lab.account.settings
        settings.tracking_code, settings.addendum, settings.custom_fields = lab.tracking, lab.confirmation, {1: OPT_IN}
        oms = await lab.opens(f"{lab.oms}/")

        first = await from_the_record_of_a_new_customer(lab, oms)
        second = await from_the_record_of_a_known_customer(lab, oms)
        third = await from_the_order_list_for_a_known_customer(lab, oms)
        fourth = await from_the_order_list_for_a_new_customer(lab, oms)

        assert [first, second, third, fourth] == ["1001", "1002", "1003", "1004"]
        for number in (first, second, third, fourth):
            report = await lab.report_of(number)
            assert (report.origin, report.total) == (Origin.BACK_OFFICE, Money(minor=2450, currency="USD"))
        assert [mail.subject for mail in lab.account.outbox] == [
            f"Order Confirmation - Order {each}" for each in (first, fourth)
        ]
        assert [each.person.email for each in lab.account.orders.values()] == [SHOPPER, SHOPPER, SHOPPER, "ben@mail.example"]
        assert {order.browser for order in lab.account.orders.values()} == {None}, "no shopper's browser placed them"
        await expect_orders_listed(oms, 4)


async def from_the_record_of_a_new_customer(lab: NexternalLab, oms: Page) -> str:
    """Create the record, click on the name in the list, scroll down to Place Order."""
    await oms.get_by_role("link", name="Customers", exact=True).click()
    await oms.get_by_role("link", name="New", exact=True).click()
    await fills(oms, {"First Name": "Anna", "Last Name": "Hill", "Email": SHOPPER, "Phone": PHONE})
    await finish(oms)
    return await from_the_list_of_customers(lab, oms, sends_mail=True)


async def from_the_record_of_a_known_customer(lab: NexternalLab, oms: Page) -> str:
    """Find the record, which is there already."""
    await oms.goto(f"{lab.oms}/")
    return await from_the_list_of_customers(lab, oms, sends_mail=False)


async def from_the_list_of_customers(lab: NexternalLab, oms: Page, *, sends_mail: bool) -> str:
    """Click on the name in the list; Place Order leads to the internal ordering system, for this customer."""
    await oms.get_by_role("link", name="Customers", exact=True).click()
    await oms.get_by_role("link", name="Anna Hill").click()
    await oms.get_by_role("button", name="Place Order").click()
    await expect(oms.get_by_text("This order is for Anna Hill, customer 5001.")).to_be_visible()
    assert oms.url == f"{lab.oms}/internal/", "the address shows that this is the back office and not the store"
    return await adds_an_item_and_checks_out(lab, oms, sends_mail=sends_mail)


async def from_the_order_list_for_a_known_customer(lab: NexternalLab, oms: Page) -> str:
    """Orders, New, Identify, a search by one field, the paperclip."""
    await begins_an_order(oms)
    await oms.get_by_label("Last Name").first.fill("hill")
    await oms.get_by_label("Email").first.fill(SHOPPER)
    await oms.get_by_role("button", name="Search").click()
    await expect(oms.get_by_role("alert")).to_have_text(re.compile("exactly one"))
    searches = (("Company Name", "Nobody", "company=N"), ("Last Name", "hill", "last_name=h"), ("Email", SHOPPER, "email=a"))
    for label, wanted, searched in searches:
        await fills(oms, dict.fromkeys(("Last Name", "Company Name", "Email"), "") | {label: wanted})
        await oms.get_by_role("button", name="Search").click()
        await oms.wait_for_url(re.compile(searched))
        await expect(oms.get_by_role("button", name="Attach Anna Hill to the order")).to_have_count(
            int(label != "Company Name")
        )
    await oms.get_by_role("button", name="Attach Anna Hill to the order").click()
    await expect(oms.get_by_text("This order is for Anna Hill")).to_be_visible()
    return await adds_an_item_and_checks_out(lab, oms, sends_mail=False)


async def from_the_order_list_for_a_new_customer(lab: NexternalLab, oms: Page) -> str:
    """Orders, New, an item first; then Identify, a new customer, who is attached without a paperclip."""
    await begins_an_order(oms)
    await oms.get_by_role("link", name="Harbor & Vine").click()
    await adds_an_item(oms)
    await oms.get_by_role("link", name="Checkout").click()
    await expect(oms.get_by_role("alert")).to_have_text("Identify the customer before you check out.")
    form = oms.locator("form", has=oms.get_by_role("button", name="Create customer"))
    await form.get_by_label("First Name").fill("Ben")
    await form.get_by_label("Email").fill("ben@mail.example")
    await form.get_by_role("button", name="Create customer").click()
    await expect(oms.get_by_text("This order is for Ben, customer 5002.")).to_be_visible()
    return await checks_out(lab, oms, sends_mail=True)


async def begins_an_order(oms: Page) -> None:
    """The button New at the top of the orders, then Identify at the right."""
    await oms.get_by_role("link", name="Orders", exact=True).click()
    await oms.get_by_role("button", name="New", exact=True).click()
    await expect(oms.get_by_text("No customer is attached to this order.")).to_be_visible()
    await oms.get_by_role("link", name="Identify").click()
    await expect(oms.get_by_role("heading", name="Identify")).to_be_visible()


async def adds_an_item(oms: Page) -> None:
    """One bottle."""
    await oms.get_by_role("link", name=WINE).click()
    await oms.get_by_role("button", name="Add to cart").click()
    await expect(oms.get_by_role("heading", name="Shopping cart")).to_be_visible()


async def adds_an_item_and_checks_out(lab: NexternalLab, oms: Page, *, sends_mail: bool) -> str:
    """As normal."""
    await adds_an_item(oms)
    return await checks_out(lab, oms, sends_mail=sends_mail)


async def checks_out(lab: NexternalLab, oms: Page, *, sends_mail: bool) -> str:
    """The checkbox near the button decides on the confirmation e-mail. Staff stay until the order is reported."""
    await oms.get_by_role("link", name="Checkout").click()
    await oms.get_by_label("Send an order confirmation e-mail").set_checked(sends_mail)
    order_no = await places_the_order(oms)
    await lab.report_of(order_no)
    return order_no


async def places_the_order(page: Page) -> str:
    """Returns the number on the confirmation."""
    await page.get_by_role("button", name="Place order").click()
    await expect(page.get_by_role("heading", name="Thank you for your order")).to_be_visible()
    return await page.locator("#order-number").inner_text()


async def expect_orders_listed(oms: Page, count: int) -> None:
    """All of them stand in the list, as placed by staff."""
    await oms.get_by_role("link", name="Open the order").click()
    await oms.get_by_role("link", name="Orders", exact=True).click()
    await expect(oms.get_by_role("row", name=re.compile("Internal"))).to_have_count(count)


async def fills(page: Page, texts: dict[str, str]) -> None:
    """The first field of each label."""
    for label, text in texts.items():
        await page.get_by_label(label, exact=True).first.fill(text)


async def test_a_club_order_for_every_member_at_once_is_seen_by_no_browser() -> None:
    async with a_nexternal_lab() as lab:
        lab.account.settings.tracking_code, lab.account.settings.addendum = lab.tracking, lab.confirmation
        oms = await lab.opens(f"{lab.oms}/")
        for name in ("Anna", "Ben"):
            await oms.get_by_role("link", name="Customers", exact=True).click()
            await oms.get_by_role("link", name="New", exact=True).click()
            await fills(oms, {"First Name": name, "Email": f"{name.lower()}@mail.example"})
            await oms.get_by_label("Customer Type").select_option("Wine Club Member")
            await finish(oms)
        await oms.get_by_role("link", name="Orders", exact=True).click()
        await oms.get_by_role("link", name="Wine Club Order").click()
        await expect(oms.get_by_label("Customer Type")).to_have_value("Wine Club Member")
        await oms.get_by_role("button", name="Place orders").click()

        await expect(oms.get_by_role("status")).to_have_text("2 orders were placed.")
        await expect(oms.get_by_role("row", name=re.compile("Club"))).to_have_count(2)
        assert [order.person.first_name for order in lab.account.orders.values()] == ["Anna", "Ben"]
        assert (lab.events("order.reported"), lab.account.outbox) == ([], [])


async def test_a_name_of_markup_stays_text_on_every_page_and_in_the_addendum() -> None:
    async with a_nexternal_lab() as lab:
        settings = lab.account.settings
        settings.addendum, settings.custom_fields = (
            "<p id=who>[FirstName]</p><script>window.who='[FirstName]'</script>",
            {1: MARKUP},
        )
        store = await lab.opens(f"{lab.store}/Old-Harbor-Red-2022-p101.aspx")
        await store.get_by_role("button", name="Add to cart").click()
        await store.get_by_role("link", name="Checkout").click()
        await fills(store, {"E-mail": SHOPPER, "First name": MARKUP, "Last name": MARKUP, "Company": MARKUP, "Phone": MARKUP})
        await places_the_order(store)
        await expect(store.locator("#who")).to_have_text(MARKUP)
        assert await store.evaluate("() => [window.who, window.ran]") == [MARKUP, None]
        await store.goto(f"{lab.store}/account.aspx")
        await store.get_by_label("E-mail").fill(SHOPPER)
        await store.get_by_role("button", name="Log in").click()
        await expect(store.get_by_text(MARKUP).first).to_be_visible()
        script = await store.evaluate("() => fetch('cartcontents.js').then(file => file.text())")
        assert ("<" in script, "window.ran=1" in script) == (False, True), "a name is data, also in cartcontents.js"

        oms = await lab.opens(f"{lab.oms}/customers/5001")
        await oms.get_by_role("button", name="Place Order").click()
        pages = ["customers", "customers/5001", "customers/preferences", "orders", "orders/1001", "outbox", "internal/"]
        for path in (*pages, "internal/identify.aspx?last_name=%3Cimg", "internal/identify.aspx?email=%22%3E%3Cscript%3E"):
            answer = await oms.goto(f"{lab.oms}/{path}")
            assert answer is not None
            assert "<script>window.ran" not in await answer.text(), path
            assert "<img src=x" not in await answer.text(), path
            assert await oms.evaluate("() => window.ran") is None, path
