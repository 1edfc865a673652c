"""The snippet on pages that come from a cache, or may never be shown: Chromium as shoppers have it."""

import json

from playwright.async_api import Page

from shared.events.storefront import CartUpdated, PageSeen
from tests.support.browsers.snippet_lab import CART, RED, Lab, a_lab, an_unattended_browser, confirmation_code, push

OTHERWISE = CART.replace("productPrice:'64.95'", "productPrice:'$64.95'").replace("total:'129.90'", "total:129.9")
CHEESE = "['setCart',{currency:'USD',total:'5.00',items:[{productID:'C-1',quantity:1}]}]"
MORE = f"['setCart',{{items:[{RED},{{productID:'B-1',quantity:1}}]}}]"
ADDS = '<form action="/cart/add"><button><b>Into the box</b></button></form>'
ACTS = (
    '<form method="post" action="/checkout/cart/add/uenc/a/"><button title="Add to Cart"><span>+</span></button></form>',
    '<form action="/cart/add"><button type="submit" name="add"><span>Sold in pairs</span></button></form>',
    '<a href="/red/?add-to-cart=12" class="button add_to_cart_button">Choose</a>',
    '<button class="btn" data-button-action="add-to-cart">shopping</button>',
    '<input type="submit" id="form-action-addToCart" value="Take it">',
    '<div class="add-to-cart">Take it</div>',
    "<button aria-label='Add Harbor Red 2019 to your cart'>+</button>",
    "<button> Add </button>",
    "<button>Buy it again</button>",
    "<a href='/account/reorder/12'>Once more</a>",
    "<button>In den Warenkorb</button>",
    "<button>Ajouter au panier</button>",
    "<button>Añadir al carrito</button>",
    "<button>Toevoegen aan winkelwagen</button>",
)
NO_ACTS = (
    '<a href="/cart" class="added_to_cart wc-forward" title="View cart">View cart</a>',
    "<div><div class='card'><p id='here'>Red</p><button>Add to cart</button></div></div>",
    "<a href='/wines/red'>Harbor Red</a>",
    "<button>Add to wishlist</button>",
    "<button>Ajouter aux favoris</button>",
    "<a href='/checkout/cart-address'>Address</a>",
    "<button>Remove from cart</button>",
    "<button>Zum Warenkorb</button>",
    "<button class='cart-toggle' aria-label='Open cart'></button>",
    "<form action='/checkout'><button>Place order</button></form>",
)
IS_AN_ACT = """(html) => {
    const place = document.body.appendChild(document.createElement('main'));
    place.innerHTML = html;
    place.addEventListener('click', (event) => event.preventDefault());
    const mark = Object.keys(localStorage).find(name => name.endsWith('bought')).replace('bought', 'act');
    localStorage.removeItem(mark);
    (place.querySelector('#here') || place.querySelector('button,a,input') || place.firstElementChild).click();
    place.remove();
    return localStorage[mark] !== undefined;
}"""
DATA_LAYER = "<script>window.dataLayer=[]</script>"


PRERENDERS = """<script type="speculationrules">{"prerender":[{"urls":["/wine"],"eagerness":"immediate"}]}</script>"""
WAITS_AND = """<script>function when(path, then) {
    fetch(path).then(answer => answer.ok ? then() : setTimeout(() => when(path, then), 50))
}</script>"""
SAYS_WHERE_IT_IS = """<script>
fetch('/prerendering?' + document.prerendering);
addEventListener('load', () => setTimeout(() => fetch('/rested'), 600)); // longer than a cart rests
addEventListener('pageshow', (event) => event.persisted && fetch('/restored'));
</script>"""


def carts(lab: Lab) -> list[CartUpdated]:
    return [event for event in lab.events("cart.updated") if isinstance(event, CartUpdated)]


async def a_purchase(lab: Lab) -> None:
    """A cart, and the order that buys it, on a confirmation page that shows the cart once more."""
    lab.page("/", head=push(CART))
    lab.page("/paid", head=push(CART), body=confirmation_code(lab.ingest, "1001") + push(CART))
    await lab.settle(await lab.visit("/"))
    await lab.settle(await lab.visit("/paid"))
    assert len(lab.events("order.reported")) == 1


async def has_acts(page: Page) -> None:
    """The file that sees the shopper fill a cart has run: it delays the page's load, for which a visit waits."""
    assert await page.evaluate("() => !!document.querySelector('script[src$=\"/acts.js\"]')")


async def test_a_cached_cart_after_a_purchase_is_none_until_its_shopper_fills_one() -> None:
    async with a_lab() as lab:
        await a_purchase(lab)
        lab.page("/otherwise", head=push(OTHERWISE))
        for path in ("/", "/otherwise", "/paid", "/"):
            await lab.settle(await lab.visit(path))
        assert len(carts(lab)) == 1, "what was bought is shown once more"

        lab.page("/wine", head=push(CART), body=ADDS)
        lab.page("/cart/add", head=push(CART))
        page = await lab.visit("/wine")
        await has_acts(page)
        await page.click("b")
        await page.wait_for_url("**/cart/add?")
        await lab.settle(page)

        first, second = carts(lab)
        assert first.cart_id != second.cart_id
        assert (first.acted_at is None, second.acted_at is None) == (True, False)
        assert second.acted_at is not None
        assert second.acted_at <= second.occurred_at


async def test_what_shops_call_their_buttons_is_known_from_what_else_is_clicked() -> None:
    async with a_lab() as lab:
        await a_purchase(lab)
        page = await lab.visit("/paid")
        await has_acts(page)

        acts = [html for html in (*ACTS, *NO_ACTS) if await page.evaluate(IS_AN_ACT, html)]

        assert acts == list(ACTS)


async def test_the_shops_data_layer_is_an_act_after_a_click_alone() -> None:
    async with a_lab() as lab:
        await a_purchase(lab)
        layer = "<button onclick=\"dataLayer.push({event:'add_to_cart'});location='/'\">Take it</button>"
        lab.page("/wine", head=DATA_LAYER, body=layer + "<script>dataLayer.push({event:'add_to_cart'})</script>")
        page = await lab.visit("/wine")
        await has_acts(page)
        kept = await page.evaluate("() => JSON.stringify(localStorage)")
        await page.click("button")
        await page.wait_for_url("**/")
        await lab.settle(page)

        assert not any(name.endswith("act") for name in json.loads(kept)), "the page itself has pushed it"
        assert [cart.acted_at is None for cart in carts(lab)] == [True, False]


async def test_other_goods_open_a_cart_and_the_bought_ones_alone_do_not_come_back() -> None:
    async with a_lab() as lab:
        await a_purchase(lab)
        lab.page("/cheese", head=push(CHEESE))
        lab.page("/more", head=push(MORE))
        for path in ("/cheese", "/", "/more"):
            await lab.settle(await lab.visit(path))

        assert [[item.product_id for item in cart.items] for cart in carts(lab)] == [["W-1"], ["C-1"], ["W-1", "B-1"]]


def paths(lab: Lab) -> list[str | None]:
    return [event.path for event in lab.events("page.seen") if isinstance(event, PageSeen)]


async def test_a_prerendered_page_is_none_until_it_is_shown_and_one_that_comes_back_is() -> None:
    async with a_lab() as lab:
        lab.page("/home", head=PRERENDERS + WAITS_AND, body="<script>when('/go', () => location.href = '/wine')</script>")
        leave = "<script>addEventListener('load', () => when('/leave', () => location.href = '/far'))</script>"
        lab.page("/wine", head=SAYS_WHERE_IT_IS + WAITS_AND + push(CART), body=leave)
        lab.page("/far", head=WAITS_AND, body="<script>when('/back', () => history.back())</script>")
        async with an_unattended_browser(f"{lab.shop}/home"):
            await lab.wait_for_request("/prerendering?true")
            await lab.wait_for_request("/rested")
            await lab.wait_for(1, "page.seen")
            assert [event.type for event in lab.events()] == ["page.seen"], "nobody has seen the wine"

            lab.page("/go", tracking=False)
            await lab.wait_for(1, "cart.updated")
            assert (paths(lab), "/prerendering?false" in lab.requested) == (["/home", "/wine"], False)

            lab.page("/leave", tracking=False)
            await lab.wait_for(3, "page.seen")
            lab.page("/back", tracking=False)
            await lab.wait_for_request("/restored")
            await lab.wait_for(4, "page.seen")
            assert paths(lab) == ["/home", "/wine", "/far", "/wine"]
