"""What a phone makes of a text."""

from deploy.demo.phones.app import as_e164
from deploy.demo.phones.links import with_links


def test_a_web_address_becomes_a_link_and_the_full_stop_stays_outside() -> None:
    shown = with_links("Your cart: http://127.0.0.1:8702/l/abc. Reply STOP")

    assert '<a href="http://127.0.0.1:8702/l/abc" target="_blank" rel="noopener">' in shown
    assert "</a>. Reply STOP" in shown


def test_markup_and_other_schemes_stay_text() -> None:
    shown = with_links('<b>javascript:alert(1)</b> https://x.example/"onload="alert(1)')

    assert "<b>" not in shown
    assert 'href="javascript' not in shown
    assert '"onload=' not in shown


def test_ten_digits_are_taken_for_a_number_of_north_america() -> None:
    assert as_e164("(423) 555-0123") == "+14235550123"
    assert as_e164("+44 7400 123456") == "+447400123456"
    assert as_e164("call me") is None
