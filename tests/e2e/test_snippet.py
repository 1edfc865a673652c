"""The snippet in Chromium: what a shop's pages report, and what they never do."""

import json
from hashlib import sha256
from uuid import UUID

from shared.events.envelope import ContactKind, IdentityKind, Origin
from shared.events.storefront import CartUpdated, ConsentGiven, LinkFollowed, OrderReported, PageSeen, ShopperIdentified
from shared.runtime.security.sealing import open_contact
from tests.support.browsers.snippet_lab import CART, EMPTY, OUTBOX, a_lab, confirmation_code, push
from tests.support.builders.ingest import NOTIFY_KEYS, SITE

OTHER_SITE = UUID(int=7)
TOKEN = "AbCdEfGhIjKlMnOpQ"

CHECKOUT = """
<form action="/paid"><input name="email" type="email"><input name="phone" autocomplete="tel">
<input id="box" type="checkbox" name="sms_opt_in"><label for="box">I would like to receive
  SMS messages</label>
<input name="password" type="password"><input name="card_number" autocomplete="cc-number">
<div data-beckon-ignore><input name="gift_email" type="email"></div>
<input name="note"><button>Pay</button></form>
"""


async def test_a_page_and_its_cart_are_reported_once_and_from_the_head() -> None:
    async with a_lab() as lab:
        lab.page("/", head=push(CART))

        await lab.settle(await lab.visit("/"))
        await lab.settle(await lab.visit("/"))

        pages, carts = lab.events("page.seen"), lab.events("cart.updated")
        assert [isinstance(page, PageSeen) and page.in_head for page in pages] == [True, True]
        (cart,) = carts
        assert isinstance(cart, CartUpdated)
        assert (cart.items[0].product_id, cart.items[0].quantity, cart.return_path) == ("W-1", 2, "/cart")
        assert cart.total is not None
        assert cart.total.minor == 12990


async def test_a_burst_of_changes_is_one_cart_with_the_newest_version_numbered_highest() -> None:
    async with a_lab() as lab:
        lab.page("/", head=push(CART))
        page = await lab.visit("/")
        await lab.settle(page)

        await page.evaluate("""() => { for (let n = 3; n < 9; n++)
            _beckon.push(['setCartItem', {productID: 'W-1', quantity: n, productPrice: '64.95'}]) }""")
        await lab.settle(page)

        first, second = lab.events("cart.updated")
        assert isinstance(first, CartUpdated)
        assert isinstance(second, CartUpdated)
        assert second.items[0].quantity == 8
        assert second.cart_version > first.cart_version
        assert second.cart_id == first.cart_id


async def test_an_emptied_cart_is_reported_and_the_next_one_is_another() -> None:
    async with a_lab() as lab:
        lab.page("/", head=push(CART))
        lab.page("/empty", head=push(EMPTY))

        for path in ("/", "/empty", "/empty", "/"):
            await lab.settle(await lab.visit(path))

        carts = [event for event in lab.events("cart.updated") if isinstance(event, CartUpdated)]
        assert [len(cart.items) for cart in carts] == [1, 0, 1]
        assert carts[0].cart_id == carts[1].cart_id != carts[2].cart_id


async def test_contacts_are_read_from_their_fields_and_nothing_else_is() -> None:
    async with a_lab() as lab:
        lab.page("/checkout", body=CHECKOUT)
        page = await lab.visit("/checkout")

        await page.fill("[name=password]", "hunter2@secret.example")
        await page.fill("[name=card_number]", "4242424242424242")
        await page.fill("[name=gift_email]", "gift@shop.example")
        await page.fill("[name=note]", "note@shop.example")
        await page.fill("[name=email]", "anna@shop.example")
        await page.fill("[name=phone]", "(212) 555-0147")
        await page.press("[name=phone]", "Tab")
        await lab.settle(page)

        named = [event for event in lab.events("shopper.identified") if isinstance(event, ShopperIdentified)]
        assert {event.contact.kind: open_contact(NOTIFY_KEYS, SITE, event.contact) for event in named} == {
            ContactKind.EMAIL: "anna@shop.example",
            ContactKind.PHONE: "+12125550147",
        }
        assert len(named) == 2
        assert lab.events("consent.given") == []


async def test_consent_is_the_shoppers_own_tick_with_the_text_beside_it_and_goes_with_it() -> None:
    async with a_lab() as lab:
        lab.page("/checkout", body=CHECKOUT)
        page = await lab.visit("/checkout")

        await page.check("#box")
        await page.fill("[name=phone]", "212 555 0147")
        await page.press("[name=phone]", "Tab")
        (given,) = await lab.wait_for(1, "consent.given")
        await page.reload()
        await page.fill("[name=phone]", "212 555 0147")
        await page.evaluate("() => { document.getElementById('box').checked = true }")
        await page.uncheck("#box")
        await lab.wait_for(1, "consent.withdrawn")

        assert isinstance(given, ConsentGiven)
        assert open_contact(NOTIFY_KEYS, SITE, given.contact) == "+12125550147"
        assert given.text_hash == sha256(b"I would like to receive SMS messages").hexdigest()
        assert (given.box_state, given.page_path) == ("ticked_by_shopper", "/checkout")
        assert given.time_zone


async def test_a_box_that_the_shop_ticked_is_no_consent() -> None:
    async with a_lab() as lab:
        lab.page("/checkout", body=CHECKOUT.replace('type="checkbox"', 'type="checkbox" checked'))
        lab.page("/paid")
        page = await lab.visit("/checkout")

        await page.fill("[name=phone]", "212 555 0147")
        await page.click("button")
        await page.wait_for_url("**/paid*")
        await lab.settle(page)

        assert len(lab.events("shopper.identified")) == 1
        (consent,) = lab.events("consent.given")
        assert isinstance(consent, ConsentGiven)
        assert consent.box_state == "pre_ticked"


async def test_a_box_ticked_on_an_earlier_page_is_not_reported_as_pre_ticked() -> None:
    async with a_lab() as lab:
        lab.page("/checkout", body=CHECKOUT)
        lab.page("/again", body=CHECKOUT.replace('type="checkbox"', 'type="checkbox" checked'))
        page = await lab.visit("/checkout")
        await page.fill("[name=phone]", "212 555 0147")
        await page.check("#box")
        await lab.wait_for(1, "consent.given")

        await page.goto(page.url.replace("/checkout", "/again"))
        await page.fill("[name=phone]", "212 555 0148")
        await page.press("[name=phone]", "Tab")
        await lab.settle(page)

        assert len(lab.events("shopper.identified")) == 2
        assert [event.box_state for event in lab.events("consent.given") if isinstance(event, ConsentGiven)] == [
            "ticked_by_shopper"
        ]


async def test_an_order_ends_the_cart_also_where_the_page_shows_it_emptied_first() -> None:
    async with a_lab() as lab:
        lab.page("/", head=push(CART))
        lab.page("/paid", head=push(EMPTY), body=confirmation_code(lab.ingest, "1001", "anna@shop.example"))
        lab.page("/more", head=push(CART.replace("quantity:2", "quantity:3")))

        await lab.settle(await lab.visit("/"))
        await lab.settle(await lab.visit("/paid"))
        await lab.settle(await lab.visit("/more"))

        carts = [event for event in lab.events("cart.updated") if isinstance(event, CartUpdated)]
        (order,) = lab.events("order.reported")
        assert isinstance(order, OrderReported)
        assert [identity.kind for identity in order.identities] == [IdentityKind.VISITOR, IdentityKind.EMAIL]
        assert (order.order_id, order.origin) == ("1001", Origin.STOREFRONT)
        assert [len(cart.items) for cart in carts] == [1, 1]
        assert carts[0].cart_id != carts[1].cart_id


async def test_what_could_not_be_sent_is_sent_from_the_next_page() -> None:
    async with a_lab() as lab:
        lab.page("/", head=push(CART))
        lab.page("/paid", body=confirmation_code(lab.ingest, "1001"))
        lab.rig.kafka.open.clear()
        first = await lab.visit("/")
        await first.wait_for_function(f"() => (localStorage.getItem('{OUTBOX}') || '').includes('cart.updated')")
        await first.goto(f"{lab.shop}/paid")
        await first.wait_for_function(f"() => (localStorage.getItem('{OUTBOX}') || '').includes('order.reported')")
        await first.close()

        lab.rig.kafka.open.set()
        await lab.settle(await lab.visit("/"))

        types = [event.type for event in lab.events()]
        assert types.count("order.reported") == 1
        assert types.count("cart.updated") == 1, "the cart that the page still shows has been bought"


async def test_a_tab_closed_at_once_has_reported_its_order() -> None:
    async with a_lab() as lab:
        lab.page("/paid", body=confirmation_code(lab.ingest, "1001"))
        for number in range(5):
            page = await lab.visit("/paid")
            await page.wait_for_function("() => window._beckon.v")
            await page.close()

            await lab.wait_for(number + 1, "order.reported")

        assert len(lab.events("order.reported")) == 5


async def test_the_back_office_reports_its_pages_and_orders_and_no_clerk() -> None:
    async with a_lab() as lab:
        code = confirmation_code(lab.ingest, "1001", "anna@shop.example")
        lab.page("/order", head=push(CART, "['setEmail','clerk@shop.example']"), body=CHECKOUT + code, tracking=False)

        page = await lab.visit("/order", host=lab.office)
        await page.fill("[name=email]", "berta@shop.example")
        await page.press("[name=email]", "Tab")
        await lab.settle(page)

        order, seen = lab.events()
        assert isinstance(seen, PageSeen)
        assert isinstance(order, OrderReported)
        assert (seen.origin, seen.in_head, order.origin) == (Origin.BACK_OFFICE, False, Origin.BACK_OFFICE)
        assert [identity.kind for identity in order.identities] == [IdentityKind.EMAIL]


async def test_a_link_gives_the_cart_to_the_shops_own_function() -> None:
    async with a_lab() as lab:
        lab.page("/cart", head=push("['onRestore',function(items,done){window.restored=items;done()}]"))
        lab.links[f"/l/{TOKEN}/cart"] = json.dumps({"items": [{"productID": "W-1", "quantity": 2}], "total": "129.90"})

        page = await lab.visit(f"/cart#beckon={TOKEN}")
        await page.wait_for_function("() => window.restored")
        (followed,) = await lab.wait_for(1, "link.followed")

        assert await page.evaluate("() => window.restored") == [{"productID": "W-1", "quantity": 2}]
        assert "#" not in page.url
        assert isinstance(followed, LinkFollowed)
        assert followed.via == "snippet"


async def test_a_link_to_a_shop_without_such_a_function_shows_the_saved_cart() -> None:
    async with a_lab() as lab:
        lab.page("/cart")
        lab.links[f"/l/{TOKEN}/saved"] = "<h1>Your saved cart</h1>"

        page = await lab.visit(f"/cart#beckon={TOKEN}")
        await page.wait_for_url("**/saved")
        await lab.wait_for(1, "link.followed")

        assert await page.text_content("h1") == "Your saved cart"


async def test_a_clerk_who_goes_to_the_shop_is_known_there_as_one() -> None:
    async with a_lab() as lab:
        button = f"<button onclick=\"location.href='{lab.shop}/red'\">Storefront</button>"
        lab.page("/orders", body=f'<a id="shop" href="{lab.shop}/red#reviews">See it in the shop</a>{button}')
        lab.page("/red", body="Harbor Red")

        page = await lab.visit("/orders", host=lab.office)
        await page.wait_for_function("() => document.querySelectorAll('script[src$=\"office.js\"]').length")
        (in_office,) = await lab.wait_for(1, "page.seen")
        await page.wait_for_load_state("networkidle")
        await page.click("#shop")
        seen = await lab.wait_for(4, "page.seen")

        assert isinstance(in_office, PageSeen)
        consent = [event.office_visitor for event in seen if isinstance(event, PageSeen) and event.office_visitor]
        assert consent == [in_office.visitor_id]
        assert await page.evaluate("() => location.hash") == "#reviews"

        # A button leaves no mark, and what the back office loads may bear no code of ours at all.
        lab.page("/orders", body=button, tracking=False)
        await page.goto(f"{lab.office}/orders")
        await page.click("button")
        *_, shown, from_office = await lab.wait_for(6, "page.seen")

        assert isinstance(shown, PageSeen)
        assert isinstance(from_office, PageSeen)
        assert (shown.origin, from_office.origin) == (Origin.STOREFRONT, Origin.BACK_OFFICE)
        assert shown.visitor_id == from_office.visitor_id != in_office.visitor_id

        await page.goto(f"{lab.shop}/red")
        await lab.settle(page)
        assert len(lab.events("page.seen")) == 7, "who goes on within the shop does not come from the office again"
