"""Shop and back office over HTTP, as a browser without scripts sees them."""

import json
from html.parser import HTMLParser

import httpx

from tests.support.processes.demo import DemoProcess, Receiver
from tests.support.waiting import wait_for

TRACKING = "<script>_beckon.push(['setSiteKey','bk_1'])</script>\n<script async src=\"/s.js\"></script>"
ADDENDUM = "<script>\nf({orderID:'[OrderNo]',total:'[OrderTotal]',email:'[Email]'})\n</script>\n\t<i>é</i>"


class Boxes(HTMLParser):
    """The tick boxes of a page, and which are ticked."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ticked: dict[str, bool] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "input" and attributes.get("type") == "checkbox":
            self.ticked[str(attributes["name"])] = "checked" in attributes


def paste(demo: DemoProcess, tracking: str = TRACKING, addendum: str = ADDENDUM) -> None:
    form = {"tracking_code": tracking, "addendum": addendum}
    assert demo.at("shop").post("/admin/policies", data=form).status_code == 303


def fill_cart(shop: httpx.Client, good: str = "old-harbor-red", quantity: str = "2") -> None:
    answer = shop.post("/cart", data={"good": good, "quantity": quantity, "add": "1"})
    assert answer.status_code == 303
    shop.headers["Cookie"] = answer.headers["set-cookie"].split(";")[0]


def buy(shop: httpx.Client, email: str = "anna@example.com") -> str:
    shop.post("/checkout", data={"email": email, "phone": "+14235550123"})
    return shop.post("/checkout/pay").headers["location"]


def test_nothing_foreign_is_on_a_page_until_it_is_pasted(demo: DemoProcess) -> None:
    shop = demo.at("shop")

    before = shop.get("/").text
    paste(demo)
    after = shop.get("/").text

    assert 'src="/s.js"' not in before
    assert after.count(TRACKING + "</head>") == 1


def test_the_codes_are_emitted_byte_for_byte_also_after_a_kill(demo: DemoProcess) -> None:
    odd = "  <script>/* é \u2028 & < ' \" [OrderNo] */</script>\n\n"
    paste(demo, tracking=odd)

    demo.kill()
    demo.start()

    assert (odd + "</head>").encode() in demo.at("shop").get("/cart").content


def test_a_browsers_line_ends_are_those_that_were_pasted(demo: DemoProcess) -> None:
    paste(demo, tracking=TRACKING.replace("\n", "\r\n"))

    assert (TRACKING + "</head>").encode() in demo.at("shop").get("/").content


def test_a_cart_becomes_an_order_whose_page_carries_the_confirmation(demo: DemoProcess) -> None:
    paste(demo)
    shop = demo.at("shop")
    fill_cart(shop)
    assert "'setCart'" in shop.get("/").text

    location = buy(shop)
    page = shop.get(location).text

    assert location == "/orders/1001"
    assert "<script>\nf({orderID:'1001',total:'49.00',email:'anna@example.com'})\n</script>\n\t<i>é</i></body>" in page
    assert "'setCart'" not in page
    assert shop.post("/checkout/pay").headers["location"] == location


def test_a_confirmation_is_shown_to_the_browser_that_ordered_alone(demo: DemoProcess) -> None:
    shop, stranger = demo.at("shop"), demo.at("shop")
    fill_cart(shop)
    fill_cart(stranger)

    location = buy(shop)

    assert shop.get(location).status_code == 200
    assert stranger.get(location).status_code == 404


def test_the_opt_in_box_is_not_ticked_for_the_shopper(demo: DemoProcess) -> None:
    shop = demo.at("shop")
    fill_cart(shop)

    page = shop.get("/checkout").text

    assert Boxes(page).ticked == {"sms_opt_in": False}
    assert "I would like to receive SMS messages" in page
    assert "cart reminders" in page


def test_an_emptied_cart_is_handed_over_as_empty(demo: DemoProcess) -> None:
    shop = demo.at("shop")
    fill_cart(shop)

    shop.post("/cart", data={"good": "old-harbor-red", "quantity": "0"})

    assert '"total": "0.00", "returnURL": "/cart", "items": []' in shop.get("/").text


def test_a_restore_rebuilds_the_cart_in_another_browser(demo: DemoProcess) -> None:
    shop = demo.at("shop")
    items = [{"productID": "regatta-brut", "quantity": 3, "productName": "x"}]

    answer = shop.post("/cart/restore", content=json.dumps({"items": items}), headers={"Content-Type": "application/json"})
    shop.headers["Cookie"] = answer.headers["set-cookie"].split(";")[0]

    assert "$119.85" in shop.get("/cart").text


def test_a_form_of_another_site_is_refused(demo: DemoProcess) -> None:
    answer = demo.at("shop").post("/admin/policies", data={"tracking_code": "x"}, headers={"Origin": "http://evil.example"})

    assert answer.status_code == 403


def test_staff_key_in_an_order_and_its_page_carries_the_same_code(demo: DemoProcess) -> None:
    paste(demo)
    shop, office = demo.at("shop"), demo.at("office")
    fill_cart(shop)
    shop.post("/checkout", data={"email": "ben@example.com", "phone": ""})
    assert "ben@example.com" in office.get("/").text

    order = {"email": "ben@example.com", "phone": "", "good": "regatta-brut", "quantity": "1"}
    page = office.get(office.post("/orders", data=order).headers["location"]).text

    assert "f({orderID:'1001',total:'39.95',email:'ben@example.com'})" in page
    assert TRACKING not in page
    assert "_beckon" not in page.replace(ADDENDUM, "")


def test_the_server_reports_an_order_until_it_is_acknowledged(demo: DemoProcess, receiver: Receiver) -> None:
    receiver.status = 503
    reporting = {"tell_enabled": "on", "tell_url": f"{receiver.address}/v1/orders", "tell_key": "bsk_1_2"}
    demo.at("shop").post("/admin/reporting", data=reporting)
    shop = demo.at("shop")
    fill_cart(shop)
    buy(shop)
    wait_for("a first report", lambda: len(receiver.got) >= 1)

    tried, receiver.status = len(receiver.got), 200
    wait_for("the report is sent again", lambda: len(receiver.got) > tried)

    path, headers, _ = receiver.got[-1]
    report = json.loads(receiver.bodies[-1])
    assert (path, headers["Authorization"]) == ("/v1/orders", "Bearer bsk_1_2")
    assert (report["order_id"], report["status"], report["total"], report["email"]) == (
        "1001",
        "placed",
        "49.00",
        "anna@example.com",
    )
