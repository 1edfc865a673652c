"""A shop's page is read off the loop, in time that grows with its length, whatever is in it."""

import threading

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.onboarding.shop.sign_up import fields_shown_by, guess, name_in
from services.onboarding.shop_pages.html_tokenizer import MOST_TOKENS, start_tags
from services.onboarding.shop_pages.parsing import PAGES
from services.onboarding.shop_pages.shop_links import links_in
from services.onboarding.shop_pages.shop_page import MOST_KEYS, read_page
from shared.runtime.security.outbound import Answer
from tests.support.ratios import holds_ratio

INGEST = "https://in.beckon.example"
KEY = "bk_0123456789abcdef"
PARTS = (
    b"<title",
    b"<title>",
    b"<title ",
    b"</title",
    b"<![foo[",
    b"<!--",
    b"<!-->",
    b"<!DOCTYPE [",
    b"<?",
    b"<!",
    b"<",
    b"</",
    b"</a",
    b"<a ",
    b"<a b=",
    b"<a href=/cart>",
    b"<a href=//[>",
    b"<a b='",
    b'<a b="',
    b"<a b='\"",
    b"<b c>",
    b"<a\t/=",
    b"=",
    b"<script",
    b"<script>",
    b"<script></scrip",
    b"<script src=/s/bk_0123456789abcdef",
    b"<script>_beckon",
    b"<style></style",
    b"<plaintext>",
    b"<meta http-equiv=content-security-policy content='default-src https: ; '>",
    b"<meta name=generator content=&#9999999999999;>",
    b"<link rel=icon sizes='",
    b"<link rel=icon href=//[>",
    b"<link rel=apple-touch-icon sizes=9x9 href=/a.png>",
    b"<meta name=theme-color content=#fff>",
    b"<div>",
    b"<b><i><p>",
    b"&#9",
    b"&#x",
    b"\0",
    b"\xff",
    b"\xe2\x80\xa8",
    b" ",
    b"<svg><![CDATA[",
)


def read(page: bytes) -> None:
    fields_shown_by(page, "shop.example")
    links_in(page, "shop.example")
    read_page(page, {"content-security-policy": page[:100_000].decode("latin-1")}, (KEY,), INGEST)


@pytest.mark.parametrize("part", PARTS)
def test_a_page_takes_time_in_proportion_to_its_length(part: bytes) -> None:
    short, long = (part * (size // len(part)) for size in (20_000, 40_000))

    assert holds_ratio(read, short, long, negligible=0.01)


@given(st.binary(max_size=200) | st.lists(st.sampled_from(PARTS) | st.binary(max_size=5), max_size=30).map(b"".join))
@example(b"<![foo[")
@example(b"<title>" + b"&#" + b"9" * 5000 + b";")
@example(b"<meta name=generator content='\0\xff'>")
def test_no_page_raises_and_what_it_shows_can_be_stored(page: bytes) -> None:
    fields = fields_shown_by(page, "shop.example")
    found = read_page(page, {}, (KEY,), INGEST)

    assert "\0" not in "".join([*fields.values(), found.words])
    assert len(found.keys) <= MOST_KEYS


def test_a_page_of_nothing_but_tags_is_read_to_a_bound() -> None:
    assert sum(1 for _ in start_tags(b"<a>" * 333_333)) <= MOST_TOKENS
    assert sum(1 for _ in start_tags(b"<a " + b"b " * 500_000 + b">")) == 0


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ("<title>Harbor &amp; Vine | Wine</title>", "Harbor & Vine"),
        ("<TITLE lang='a>b'>\n Harbor\n Red - Shop</TITLE >", "Harbor Red"),
        ("<!-- <title>Old</title> --><title>New</title>", "New"),
        ("<script>'<title>No</title>'</script><title>Yes: it is</title>", "Yes"),
        ("<a title='<title>x</title>'><title>Yes</title>", "Yes"),
        ("<title>Home \u2013 Harbor &amp; Vine</title>", "Harbor & Vine"),
        ("<title>Home</title>", None),
        ("<title></title>", None),
        ("<title>" + 41 * "x" + "</title>", None),
        ("<titles>No</titles>", None),
    ],
)
def test_a_title_is_found_as_browsers_find_it(page: str, name: str | None) -> None:
    assert name_in(page.encode()) == name


def test_tags_are_taken_apart_as_browsers_do() -> None:
    page = b"""<!doctype html><HEAD a=1 A=2 b = 'x > "y"' c/d=/><Script SRC="a&amp;b" async>1 < 2 </scripts> </script
    ><p =x y='>'></p e="f"><!-- <b> --!><i/><noscript><img></noscript><u"""

    found = [(tag.name, dict(tag.attributes), tag.text) for tag in start_tags(page)]

    assert found == [
        ("head", {"a": "1", "b": 'x > "y"', "c": "", "d": "/"}, ""),
        ("script", {"src": "a&amp;b", "async": ""}, "1 < 2 </scripts> "),
        ("p", {"=x": "", "y": ">"}, ""),
        ("i", {}, ""),
        ("noscript", {}, "<img>"),
    ]


async def test_a_page_is_read_off_the_loop() -> None:
    assert await PAGES.parse(threading.get_ident) != threading.get_ident()


class Shop:
    """Answers with one page, or raises."""

    def __init__(self, page: bytes | Exception) -> None:
        self.page = page

    async def get(self, host: str, path: str) -> Answer:
        if isinstance(self.page, Exception):
            raise self.page
        return Answer(200, {"content-encoding": "gzip"}, self.page)


@pytest.mark.parametrize(
    "page", [b"<![foo[", b"<title" * 60_000, b"\x1f\x8b\x08" + 1000 * b"\0", RecursionError("deep"), ValueError("x")]
)
async def test_a_shop_is_opened_whatever_its_page_is(page: bytes | Exception) -> None:
    fields = await guess("shop.example", "/", Shop(page))

    assert fields == {"host": "shop.example", "name": "shop.example"}


async def test_a_shop_on_nexternals_host_is_named_by_its_account_without_its_page() -> None:
    fields = await guess("store.nexternal.com", "/harborvine/", Shop(b"<title></title>"))

    assert fields == {"host": "store.nexternal.com", "name": "harborvine", "platform": "nexternal"}
