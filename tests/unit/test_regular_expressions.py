"""Every regular expression of the product takes time in proportion to its text, whatever a stranger writes."""

import re

import pytest

from tests.support.expressions import ROOT, Expression, expressions, hidden_expressions
from tests.support.hostile_texts import hostile_texts, repeats_the_endless
from tests.support.ratios import holds_ratio

EVERY = expressions()
LENGTHS = (24, 32, 64, 96, 128, 512)
"""Short ones first: where a text can be shared out in countless ways, a few characters more never end."""
DEFAULT_LENGTH = 4096
HEADERS, BODY = 32_768, 65_536
LONGEST = {
    "services.ingest.orders.api_keys._BEARER": HEADERS,
    "services.ingest.http.snippet._COOKIE": HEADERS,
    "services.notify.http.carrier._SIGNATURE": HEADERS,
    "shared.runtime.http.refusals._HOST": HEADERS,
    "services.onboarding.shop_pages.html_tokenizer._NAME": BODY,
    "services.onboarding.shop_pages.html_tokenizer._ATTRIBUTE": BODY,
    "services.onboarding.shop_pages.html_tokenizer._COMMENT_END": BODY,
    "services.onboarding.shop_pages.shop_page._ORDER_CODE": BODY,
    "services.onboarding.shop_pages.shop_page._CONSENT_CODE": BODY,
    "shared.runtime.security.redaction._RULES": BODY,
    "shared.runtime.security.redaction._ADDRESS_V4": BODY,
    "shared.runtime.security.redaction._ADDRESS_V6": BODY,
    "shared.runtime.http.untrusted._BRACKET_OR_STRING": BODY,
    "shared.runtime.http.untrusted._UNSTORABLE": BODY,
    "shared.runtime.http.untrusted._UNWRITABLE": BODY,
}
"""The most characters that each is ever given, where that is not the usual; pages and logs as far as they are tried."""


def is_linear(expression: Expression, longest: int) -> bool:
    if repeats_the_endless(expression.pattern):
        return False  # to try it could take for ever
    for hostile in hostile_texts(expression.pattern):
        for length in (*(each for each in LENGTHS if each < longest), longest):
            short, long = (expression.written(hostile(each)) for each in (length // 2, length))
            if not holds_ratio(expression.run, short, long, negligible=max(0.002, length * 2e-7)):
                return False
    return True


def an_expression(pattern: str) -> Expression:
    return Expression("tests", re.compile(pattern), frozenset({"search"}))


@pytest.mark.parametrize("expression", EVERY, ids=lambda each: each.name)
def test_an_expression_takes_time_in_proportion_to_its_text(expression: Expression) -> None:
    assert is_linear(expression, LONGEST.get(expression.name, DEFAULT_LENGTH)), expression.pattern.pattern


@pytest.mark.parametrize("expression", EVERY, ids=lambda each: each.name)
def test_nothing_without_an_end_is_repeated_without_an_end(expression: Expression) -> None:
    assert not repeats_the_endless(expression.pattern), expression.pattern.pattern


@pytest.mark.parametrize("pattern", [r"\s*@", r"[a-z]{4,}\d", r"x\s*-?\s*y", r"<[^>]*>", r"^(?:a|aa)*$", r"^a*a*b"])
def test_an_expression_that_is_slow_is_found(pattern: str) -> None:
    assert not is_linear(an_expression(pattern), 2048)


@pytest.mark.parametrize("pattern", [r"(?:a+)*b", r"(?:a|b*)+", r"(?:(?:ab)*c?){2,}", r"(?:x+?y*)*"])
def test_an_endless_repetition_of_an_endless_one_is_found(pattern: str) -> None:
    assert repeats_the_endless(re.compile(pattern))


def test_every_expression_is_found_and_the_table_names_no_other() -> None:
    names = {each.name for each in EVERY}

    assert len(EVERY) >= 140
    assert not set(LONGEST) - names
    assert hidden_expressions() == []
    assert len([name for name in names if ".js" in name]) >= 5


def test_no_statement_searches_by_an_expression() -> None:
    sources = [
        path for folder in ("services", "shared") for kind in ("py", "sql") for path in (ROOT / folder).rglob(f"*.{kind}")
    ]
    by_expression = re.compile(r"\bSIMILAR TO\b|\bregexp_\w+\s*\(|\s!?~\*?\s+(?:\$\d|'|ANY\b)")

    assert [str(path) for path in sources if by_expression.search(path.read_text())] == []
