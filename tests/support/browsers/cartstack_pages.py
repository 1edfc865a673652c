"""Pages as shops have them for CartStack, written by us in nine known shapes: only the script's address is ours."""

from dataclasses import dataclass

ADDRESS = "__ADDRESS__"
SYNC = f'<script src="{ADDRESS}" type="text/javascript"></script>'
SITE_ID = "_cartstack.push(['setSiteID','k49Example']);"
QUEUE = f"var _cartstack = _cartstack || []; {SITE_ID}"
EMAIL_FORM = '<form action="/done"><input type="text" id="billing_email" name="billing_email"></form>'
CONFIRMATION = f"<script>{QUEUE} _cartstack.push(['setAPI','confirmation']);</script>{SYNC}"

Line = tuple[str, int, int | None]
"""A product, how many, and the price of one in cents."""


@dataclass(frozen=True)
class Shape:
    """One integration: its pages in the order of a visit, with what the shopper does there; and what has to be reported."""

    name: str
    visits: tuple[tuple[str, str, str], ...]
    lines: tuple[Line, ...]
    total: int | None
    email: str | None
    order_total: int | None = None
    order_names_its_shopper: bool = False


def typed(field: str, text: str) -> str:
    """The shopper types into a field and leaves it."""
    return (
        f"() => {{ const field = document.querySelector('{field}'); field.value = '{text}';"
        " field.dispatchEvent(new Event('change', {bubbles: true})); field.dispatchEvent(new Event('blur')) }"
    )


def _line(product: str, quantity: int, price: str) -> str:
    return (
        f"_cartstack.push(['setCartItem', {{quantity:'{quantity}', productID:'{product}', productName:'{product} &amp; more',"
        f" productDescription:'', productURL:'/p/{product}', productImageURL:'/i/{product}.jpg', productPrice:'{price}'}}]);"
    )


def _money(amount: str) -> str:
    return f'<span class="amount"><span class="symbol">&#36;</span>{amount}</span>'


def _settings(**more: str) -> str:
    """The variables that a page made for one shop sets, of which most are empty."""
    empty = dict.fromkeys(("cartPageURL", "successPageURL", "cartTotal"), "''") | {
        "checkoutPageURLs": "['','','']",
        "dataItems": "[]",
        "debug": "0",
    }
    return "".join(f"var cartstack_{name} = {value};" for name, value in (empty | more).items())


CONFIRMED_BY_ADDRESS = _settings(successPageURL="'/confirm-ORDER'")
LEAD_ITEMS = _settings(cartitems_cartRow="'div#forms div|class=cs_c:leadItems'", cartitems_productName="'label b'")
TOTAL = "'span#total'"

WOO = Shape(
    "woo: the script first, a total in HTML, prices of whole lines",
    (
        (
            "/woo/checkout",
            f"{SYNC}<script>{QUEUE} _cartstack.push(['setAPI','tracking']);"
            f"_cartstack.push(['setCartTotal','{_money('149.90')}']);"
            f"{_line('woo-1', 2, _money('129.90'))}{_line('woo-2', 1, _money('20.00'))}</script>{EMAIL_FORM}",
            typed("#billing_email", "woo@shop.example"),
        ),
        (
            "/woo/thanks",
            f"<script>{QUEUE} _cartstack.push(['setAPI','confirmation']);"
            f"_cartstack.push(['setCartTotal','{_money('149.90')}']);</script>{SYNC}",
            "",
        ),
    ),
    (("woo-1", 2, 6495), ("woo-2", 1, 2000)),
    14990,
    "woo@shop.example",
    14990,
)
VIRTUEMART = Shape(
    "VirtueMart: prices of one piece, each line in its own try",
    (
        (
            "/vm/checkout",
            f"{SYNC}<script>\n/* <![CDATA[ */ {QUEUE} _cartstack.push(['setAPI', 'tracking']);"
            f"_cartstack.push(['setCartTotal', '149.9']);try {{ {_line('vm-1', 2, '64.95')} }} catch (e) {{}}"
            f"try {{ {_line('vm-2', 1, '20')} }} catch (e) {{}}"
            " _cartstack.push(['setEmail', 'vm@shop.example']); /* ]]> */</script>",
            "",
        ),
        ("/vm/thanks", CONFIRMATION, ""),
    ),
    (("vm-1", 2, 6495), ("vm-2", 1, 2000)),
    14990,
    "vm@shop.example",
)
CAPTURE = Shape(
    "capture: an async script on every page, which only names people",
    (
        (
            "/mg/",
            f'<script src="{ADDRESS}" async></script>'
            f"<script>{QUEUE} _cartstack.push(['setAPI', 'capture']);</script>{EMAIL_FORM}",
            typed("#billing_email", "mg@shop.example"),
        ),
    ),
    (),
    None,
    "mg@shop.example",
)
SELECTORS = Shape(
    "settings: rows, fields and pages by selectors and addresses, in a file made for the shop",
    (
        (
            "/kit/cart",
            "<form id='ship'><div class='cart_lineitem row'><a class='productinfo' href='/p/kit-1'>Kit  One</a>"
            "<div class='big quantity_lineitem'><input value='3'></div><div class='total_lineitem col'>$ 30.00</div></div>"
            "<div class='other'>x</div></form><div id='carttotal'>$30.00</div><input name='enddate' value='May 4'>"
            "<script>"
            + _settings(
                cartPageURL="'/kit/CART'",
                cartTotal="'div#carttotal'",
                cartItems="1",
                cartitems_cartRow="'form#ship div|class=cart_lineitem row'",
                cartitems_quantity="'div.cs_c:quantity_ input|value'",
                cartitems_productName="'a.productinfo'",
                cartitems_productURL="'a.productinfo|href'",
                cartitems_productPrice="'div.cs_c:total_lineitem.col'",
            )
            + f"{QUEUE}function cartstack_getTracking() {{ for (var i = 0; i < _cartstack.length; i++)"
            " if (_cartstack[i][0] == 'setCartItem') _cartstack[i][1].customFields = {'EndDate': '<b>May 4</b>'};"
            " _cartstack.push(['setEmail', 'kit@shop.example']) }</script>"
            f'<script data-siteid="k5Example" src="{ADDRESS}" type="text/javascript"></script>'
            "<script>var _cartstack=_cartstack||[];_cartstack.push(['setDataItem',{'returnURL':'/kit/cart'}]);</script>",
            "",
        ),
        ("/kit/confirm-order", f"<script>{QUEUE}{CONFIRMED_BY_ADDRESS}</script>{SYNC}", ""),
    ),
    (("/p/kit-1", 3, 1000),),
    3000,
    "kit@shop.example",
)
SINGLE_PAGE = Shape(
    "single page: the cart before the e-mail, pages that change without loading",
    (
        (
            "/fly/checkout/",
            f"<script>{QUEUE} _cartstack.push(['setDomain', '.shop.example']);"
            "_cartstack.push(['setEmailAddressInput', 'cartstack_noinput']); _cartstack.push(['setAPI', 'capture']);"
            "function update(commands) { var _cartstack = [];"
            f"{SITE_ID} commands(_cartstack); cartstack_updatecart(_cartstack) }}"
            "function cart(mode, email) { update(function (_cartstack) { _cartstack.push(['setAPI', mode]);"
            "if (email) _cartstack.push(['setEmail', email]); _cartstack.push(['setAttribute', {'seats': 2}]);"
            f"{_line('fly-1', 2, '250')}"
            "_cartstack.push(['setCartTotal', 500]);"
            " _cartstack.push(['setDataItem', {'returnurl': location.href, 'seats': 2}]) }) }"
            "function cartstack_getTracking() { cart('tracking-cart');"
            "cartstack_livecallback('blur', 'input', 'id', 'email', function (event) {"
            " if (cartstack_regex.test(this.value)) cart('tracking', this.value) }) }</script>"
            f'{SYNC}<form><input type="text" id="email"></form>',
            typed("#email", "fly@shop.example"),
        ),
        (
            "/fly/checkout/2",
            f"<script>{QUEUE} _cartstack.push(['setAPI', 'capture']);</script>{SYNC}",
            "() => { history.pushState({}, '', '/fly/confirmation');"
            "cartstack_updatecart([['setSiteID', 'k49Example'], ['setAPI', 'confirmation']]) }",
        ),
    ),
    (("fly-1", 2, 25000),),
    50000,
    "fly@shop.example",
)
REAL_TIME = Shape(
    "lead form: lines read by the page's own function when the e-mail is typed",
    (
        (
            "/lead/",
            f"<script>{QUEUE}{LEAD_ITEMS}"
            "_cartstack.push(['setAPI', 'capture']); function cartstack_getTracking() {"
            "cartstack_livecallback('blur', 'input', 'id', 'lf_email', function (event) { var _update = [];"
            "_update.push(['setSiteID', 'k5Example']); _update.push(['setEmail', this.value]);"
            "var _items = cartstack_getCartItems_RealTime(); for (var i = 0; i < _items.length; i++) {"
            " _items[i][1].productName = _items[i][1].productName.trim(); _update.push(_items[i]) }"
            "cartstack_updatecart(_update) }) }</script>"
            f"{SYNC}<div id='forms'><div class='row leadItems'><label><b>Franchise North</b></label></div></div>"
            '<form><input type="text" id="lf_email"></form>',
            typed("#lf_email", "lead@shop.example"),
        ),
        ("/lead/confirmation", CONFIRMATION, ""),
    ),
    (("Franchise North", 1, None),),
    None,
    "lead@shop.example",
)
BOOKING = Shape(
    "booking: a total by its selector and no lines",
    (
        (
            "/stay/finalize",
            f"<script>{QUEUE}{_settings(cartTotal=TOTAL)} _cartstack.push(['setAPI', 'tracking']);"
            "function cartstack_getTracking() { var day = cartstack_getElement('', 'div.room p:2', false);"
            "if (day != '') _cartstack.push(['setDataItem', {'DepartureDate': day.innerHTML}]);"
            "var email = document.getElementById('mail');"
            "if (cartstack_regex.test(email.value)) _cartstack.push(['setEmail', email.value]) }</script>"
            f"{SYNC}<div class='room'><p>May 4</p><p>May 9</p></div><span id='total'>$480.00</span>"
            '<input id="mail" value="stay@shop.example">',
            "",
        ),
        ("/stay/thanks", CONFIRMATION, ""),
    ),
    (),
    48000,
    "stay@shop.example",
)
ADDED = Shape(
    "added: a line at the moment when it is put into the cart, on a page that names people",
    (
        (
            "/ropa/p",
            f"<script>{QUEUE} _cartstack.push(['setAPI', 'capture']);</script>{SYNC}",
            "() => { if (typeof _cartstack !== 'undefined') "
            "_cartstack.push(['setCartItem', {'quantity': '2', 'productID': 'ropa-1', 'productName': 'Camisa',"
            "'productDescription': 'Talle: M', 'productURL': '/p/ropa-1', 'productPrice': 19.5}]) }",
        ),
        ("/ropa/gracias", CONFIRMATION, ""),
    ),
    (("ropa-1", 2, 1950),),
    None,
    None,
)
ADDENDUM = Shape(
    "Nexternal: the confirmation in the addendum, with the e-mail that the platform filled in",
    (
        (
            "/nexternal/order",
            f"<script>{QUEUE} _cartstack.push(['setAPI', 'confirmation']); _cartstack.push(['setEmail', 'nex@shop.example']);"
            f" _cartstack.push(['setCartTotal', '$1,049.00']);</script>{SYNC}",
            "",
        ),
    ),
    (),
    None,
    None,
    104900,
    order_names_its_shopper=True,
)
SHAPES = (WOO, VIRTUEMART, CAPTURE, SELECTORS, SINGLE_PAGE, REAL_TIME, BOOKING, ADDED, ADDENDUM)
