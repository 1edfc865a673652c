"""Shapes in which shops report a cart to others, each with what is to be read of it; and entries that nobody expects."""

import json

RED = {"item_id": "W-1", "item_name": "Harbor Red", "price": 64.95, "quantity": 2}
CORK = {"item_id": "C-7", "item_name": "Corkscrew", "price": "12.00", "quantity": 1}
SMALL, LARGE = ({**RED, "quantity": number, "item_variant": size} for number, size in ((1, "small"), (2, "large")))
OLD_RED = {"id": "W-1", "name": "Harbor Red", "price": "64.95", "quantity": 2}
STUB = (
    "!function(f,n){n=f.fbq=function(){n.callMethod?n.callMethod.apply(n,arguments):n.queue.push(arguments)};"
    "n.push=n;n.loaded=!0;n.version='2.0';n.queue=[]}(window);"
)
"""Meta's own stub, in short: calls wait in a queue until the pixel's file has come."""
GTAG = "window.gtag=function(){dataLayer.push(arguments)};"
BOTH = ({"W-1": 2, "C-7": 1}, 14190)


def pushed(*entries: object) -> str:
    return "".join(f"dataLayer.push({json.dumps(entry)});" for entry in entries)


def ga4(event: str, *items: object, **more: object) -> dict[str, object]:
    return {"event": event, "ecommerce": {"currency": "USD", "items": items, **more}}


SHAPES: dict[str, tuple[str, tuple[dict[str, int], int | None]]] = {
    "whole under ecommerce": (pushed(ga4("view_cart", RED, CORK, value=141.9)), BOTH),
    "whole and flat": (pushed({"event": "begin_checkout", "currency": "USD", "items": [RED, CORK]}), BOTH),
    "two added": (pushed(ga4("add_to_cart", RED), ga4("add_to_cart", CORK)), BOTH),
    "the same reported by two scripts": (
        pushed(*(ga4("add_to_cart", RED), ga4("add_to_cart", CORK)) * 2, ga4("remove_from_cart", RED)),
        ({"C-7": 1}, 1200),
    ),
    "one added and taken out": (pushed(ga4("add_to_cart", RED, CORK), ga4("remove_from_cart", CORK)), ({"W-1": 2}, 12990)),
    "one of two taken out": (
        pushed(ga4("add_to_cart", RED), ga4("remove_from_cart", {"item_id": "W-1", "quantity": "1"})),
        ({"W-1": 1}, 6495),
    ),
    "one size of two taken out": (
        pushed(ga4("add_to_cart", SMALL), ga4("add_to_cart", LARGE), ga4("remove_from_cart", {**LARGE, "quantity": 2})),
        ({"W-1": 1}, 6495),
    ),
    "all taken out without a number": (
        pushed(ga4("add_to_cart", RED, CORK), ga4("remove_from_cart", {"item_id": "W-1"})),
        ({"C-7": 1}, 1200),
    ),
    "gtag": (f"{GTAG}gtag('event','view_cart',{json.dumps({'currency': 'USD', 'value': 141.9, 'items': [RED, CORK]})})", BOTH),
    "gtag and a tag manager report one act": (
        f"{GTAG}gtag('event','add_to_cart',{json.dumps({'currency': 'USD', 'items': [CORK]})});"
        f"{pushed(ga4('add_to_cart', CORK))}",
        ({"C-7": 1}, 1200),
    ),
    "universal analytics": (
        pushed({"event": "addToCart", "ecommerce": {"currencyCode": "USD", "add": {"products": [OLD_RED]}}}),
        ({"W-1": 2}, 12990),
    ),
    "universal analytics without an event": (
        pushed({"ecommerce": {"currencyCode": "USD", "checkout": {"actionField": {"step": 1}, "products": [OLD_RED]}}}),
        ({"W-1": 2}, 12990),
    ),
    "both generations in one entry": (
        pushed({"event": "add_to_cart", "ecommerce": {"currency": "USD", "items": [RED], "add": {"products": [OLD_RED]}}}),
        ({"W-1": 2}, 12990),
    ),
    "pixel before its file": (
        f"{STUB}fbq('track','AddToCart',"
        + json.dumps({"contents": [{"id": "W-1", "quantity": 2, "item_price": 64.95}], "currency": "USD", "value": 129.9})
        + ")",
        ({"W-1": 2}, 12990),
    ),
    "pixel with ids alone": (
        f"{STUB}fbq('track','AddToCart',{{content_ids:['C-7'],content_name:'Corkscrew',value:12,currency:'USD'}})",
        ({"C-7": 1}, 1200),
    ),
    "another name of the layer, from the shop's own host": (
        "window.ownLayer=[];document.write('<scr'+'ipt src=\"/gtm.js?id=GTM-X&gtm_auth=a&l=ownLayer\">"
        f"</scr'+'ipt>');ownLayer.push({json.dumps(ga4('view_cart', CORK))})",
        ({"C-7": 1}, 1200),
    ),
    "a checkout that names no line empties no cart": (
        STUB
        + pushed(ga4("view_cart", RED, CORK), ga4("begin_checkout", value=141.9))
        + "fbq('track','InitiateCheckout',{value:141.9,currency:'USD',num_items:2})",
        BOTH,
    ),
    "a shown cart that cannot be read beside one that can": (
        pushed(ga4("view_cart", RED, CORK), {"event": "view_cart", "ecommerce": {"items": [None, 7]}}),
        BOTH,
    ),
    "an event that follows its items": (
        pushed({"ecommerce": {"currency": "USD", "items": [RED, CORK]}}, {"event": "view_cart"}),
        BOTH,
    ),
    "items that were taken back before the event": (
        pushed(
            ga4("view_cart", CORK),
            {"ecommerce": {"items": [RED]}},
            {"ecommerce": None},
            {"event": "view_cart"},
        ),
        ({"C-7": 1}, 1200),
    ),
    "arguments as a plain array, and reset between": (
        pushed(["event", "add_to_cart", {"currency": "USD", "items": [RED]}], {"ecommerce": None})
        + pushed(["event", "add_to_cart", {"currency": "USD", "items": [CORK]}]),
        BOTH,
    ),
    "each event for two properties": (
        GTAG
        + "".join(
            f"gtag('event','add_to_cart',{json.dumps({'send_to': to, 'currency': 'USD', 'items': [item]})});"
            for item in (RED, CORK)
            for to in ("G-1", "G-2")
        ),
        BOTH,
    ),
    "a price with a thousand's comma, no value": (
        pushed(ga4("add_to_cart", {**RED, "price": "1,234.50"})),
        ({"W-1": 2}, 246900),
    ),
    "no quantity and no currency": (
        pushed({"event": "view_cart", "ecommerce": {"items": [{"item_id": "W-1", "item_name": "Harbor Red", "price": 64.95}]}}),
        ({"W-1": 1}, 6495),
    ),
    "one item that is no list": (pushed({"event": "add_to_cart", "ecommerce": {"items": CORK}}), ({"C-7": 1}, 1200)),
    "items by their ids": (
        pushed({"event": "view_cart", "ecommerce": {"value": 141.9, "items": {"W-1": RED, "C-7": CORK}}}),
        BOTH,
    ),
    "a checkout of some lines that is worth the whole cart": (
        pushed(ga4("view_cart", RED, CORK, value=141.9), ga4("begin_checkout", RED, value=141.9)),
        BOTH,
    ),
    "a checkout of what is left": (
        pushed(ga4("view_cart", RED, CORK, value=141.9), ga4("begin_checkout", RED, value=129.9)),
        ({"W-1": 2}, 12990),
    ),
    "a coupon among the lines": (
        pushed(ga4("view_cart", RED, {"item_id": "SAVE10", "item_name": "Coupon SAVE10", "price": -10, "quantity": 1})),
        ({"W-1": 2}, 11990),
    ),
    "a coupon that takes away a quantity": (
        pushed(ga4("view_cart", RED, {"item_name": "Gift card", "price": 10, "quantity": -1})),
        ({"W-1": 2}, 11990),
    ),
    "a gift that costs nothing": (
        pushed(ga4("view_cart", RED, {**CORK, "price": "0.00"}, value=129.9)),
        ({"W-1": 2, "C-7": 1}, 12990),
    ),
    "prices as texts": (
        pushed(ga4("view_cart", {**RED, "price": "$1,064.95"}, value="")),
        ({"W-1": 2}, 212990),
    ),
    "another name of the layer": (
        "window.shopLayer=[];document.write('<scr'+'ipt src=\"https://www.googletagmanager.com/gtm.js?id=X&l=shopLayer\">"
        f"</scr'+'ipt>');shopLayer.push({json.dumps(ga4('view_cart', CORK))})",
        ({"C-7": 1}, 1200),
    ),
}
FROM_THE_BEGINNING = (
    "another name of the layer",
    "another name of the layer, from the shop's own host",
    "pixel before its file",
    "pixel with ids alone",
)
HOSTILE = {
    "getters that throw": "Object.defineProperty(dataLayer[dataLayer.push({event:'add_to_cart'})-1],'ecommerce',"
    "{get(){throw new Error('theirs')}});",
    "a cycle": "var round={event:'add_to_cart'};round.ecommerce=round;round.items=[round];dataLayer.push(round);",
    "a huge array": "for(var n=0;n<2e5;n++)dataLayer.push({event:'scroll',n:n});",
    "huge items": "dataLayer.push({event:'add_to_cart',items:{length:1e9}},{event:'view_cart',items:'x'.repeat(1e6)});",
    "no objects": "dataLayer.push(null,undefined,7,'add_to_cart',function(){},Symbol('x'),[],[['event']]);",
    "frozen": "dataLayer.push(Object.freeze({event:'add_to_cart',ecommerce:null}));",
    "items of nothing": "dataLayer.push({event:'add_to_cart',items:[null,7,{},{item_id:{}},[]]});",
    "no layer at all": "dataLayer=7;",
}
