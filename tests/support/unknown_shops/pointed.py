"""Where a merchant of each of these shops would point."""

from collections.abc import Mapping

from deploy.demo.shops.base import FixtureShop
from deploy.demo.shops.handmade import HandmadeShop
from shared.events.pointing import Pointing
from tests.support.unknown_shops.german_table import GermanTableShop
from tests.support.unknown_shops.one_page import OnePageShop
from tests.support.unknown_shops.spanish import SpanishShop

POINTED: Mapping[type[FixtureShop], Pointing] = {
    HandmadeShop: Pointing(
        number=1,
        path="/seite.php",
        parameters=("was=korb",),
        line=(".kiste",),
        title=("b",),
        price=("i",),
        quantity=("[size]",),
        total=("big",),
    ),
    GermanTableShop: Pointing(
        number=1,
        path="/warenkorb.html",
        line=("form tr",),
        title=("a",),
        price=("small",),
        quantity=("input",),
        total=("form b",),
    ),
    OnePageShop: Pointing(
        number=1,
        path="/",
        line=(".css-line",),
        title=(".css-t",),
        price=(".css-77p",),
        quantity=("output",),
        total=("strong",),
    ),
    SpanishShop: Pointing(
        number=1, path="/es/cesta", line=("li",), title=(".ficha a",), quantity=("select",), total=(".suma strong",)
    ),
}
