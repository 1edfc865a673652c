# ruff: noqa: RUF001 - placeholders as the shops of every language write them
"""What stands for nobody names nobody: as a key it would hand one shopper's order to the cart of another."""

import base64
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.events.envelope import ContactKind
from shared.runtime.contacts.placeholders import WORDS, is_number_of_nobody, is_placeholder
from shared.runtime.security.sealing import readings

SPOKEN = ("null", "none", "undefined", "guest", "anonymous")
IDS = [
    *("#REF!", "#VALUE!", "#N/A", "inf", "-Infinity", "0e0", "0E+0", "0x0", ".0", "+0", "−1", "‑1", "٠", "०", "０", "零"),
    *("None None", "undefined undefined", "nullnull", "undefinednull", "guest:null", "null:null", "NULL;", "null%00"),
    *("no customer", "test customer", "pos customer", "walk in customer", "one-time customer", "guest customer account"),
    *("guest_0", "GUEST-0", "user:0", "uid=0", "id=null", "customer/null", "user_undefined", "anonymous user 0", "cust_null"),
    *(":id", "((id))", "«id»", "!!id!!", "~id~", "%s", "%d", "%(id)s", "{0}", "YOUR_CUSTOMER_ID", "CUSTOMER-ID-HERE", "TODO"),
    *("System.Object", "Symbol()", "[object Undefined]", "Array", "xxx", "XXXX", "aaaa", "replace_me", "(blank)"),
    *("2147483647", "4294967295", "9223372036854775807", "18446744073709551615", "99999999"),
    *("11111111-1111-1111-1111-111111111111", "k.A.", "n.v.t.", "s/n", "б/н"),
    *(
        "не указано",
        "неавторизован",
        "匿名用户",
        "游客用户",
        "未注册",
        "ゲストユーザー",
        "비로그인",
        "زائر مجهول",
        "ΕΠΙΣΚΕΠΤΗΣ",
    ),
    *("guеst", "nuⅼⅼ", "nu\u00adll", "nu\u200bll", "&#48;", "%6eull", "\ufeff0"),
]
EMAILS = [
    *("noemail@shop.com", "no.email@gmail.com", "NO-EMAIL@shop.com", "noemail1@shop.com", "no_email_1234@shop.com"),
    *("noemail+77@shop.com", "noemail%40shop.com", "Guest <noemail@shop.com>", "noreply@shop.com", "donotreply@shop.com"),
    *("guest@shop.com", "anonymous@shop.com", "unknown@shop.com", "undefined@shop.com", "null@null", "none@shop.com"),
    *("a@a.com", "aa@aa.aa", "xxx@xxx.com", "abc@abc.com", "123@123.com", "asdf@asdf.com", "customer@customer.com"),
    *("email@email.com", "user@example.com", "name@domain.com", "your@email.com", "fake@fake.com", "0@0.com"),
    *("n/a@n/a.com", "no@no.no", "no@email.com", "нет@нет.рф", "keineemail@shop.de", "sansemail@shop.fr", "sincorreo@x.es"),
    *("%%email%%@x.com", "{{email}}@x.com", "phoneorder@shop.com", "walkin@shop.com", "noemail@shop.com; none@none.com"),
]
NUMBERS = [
    *("+1 123 456 7890", "1-123-456-7890", "2345678901", "+1 987 654 3210", "212-555-1212", "+1 (212) 555-1212", "555-1212"),
    *("555-1234", "(555) 555-1234", "212-555-5555", "1212121212", "111-222-3333", "+1 222 333 4444", "+49 151 00000000"),
    *("06 00 00 00 00", "+86 138 0013 8000", "000-000-0001", "07777 777777", "０００-０００-００００", "٠٠٠٠٠٠٠٠٠٠"),
]


@pytest.mark.parametrize("written", IDS)
def test_an_id_that_stands_for_nobody_names_nobody(written: str) -> None:
    assert is_placeholder(written)
    assert readings(ContactKind.CUSTOMER, written).every == ()


@pytest.mark.parametrize("written", EMAILS)
def test_a_mailbox_that_staff_make_up_links_nobody(written: str) -> None:
    assert readings(ContactKind.EMAIL, written).every == ()


@pytest.mark.parametrize("region", ["US", "GB", "DE", "FR"])
@pytest.mark.parametrize("written", NUMBERS)
def test_a_number_that_staff_make_up_links_nobody_and_is_never_written_to(written: str, region: str) -> None:
    assert readings(ContactKind.PHONE, written, region).every == ()


@given(
    word=st.sampled_from(sorted(set(WORDS.split()))),
    wrap=st.sampled_from(["{}", " {} ", "'{}'", "({})", "<{}>", "[{}]", "{}.", "{};", "-{}-", "_{}_", "{0}_{0}", "{} 0"]),
    change=st.sampled_from([str, str.upper, str.title, quote]),
)
def test_a_word_for_nobody_is_one_however_it_is_written(word: str, wrap: str, change: type[str]) -> None:
    assert is_placeholder(wrap.format(change(word)))


@pytest.mark.parametrize("word", SPOKEN)
def test_what_is_encoded_or_hashed_is_still_nobody(word: str) -> None:
    assert is_placeholder(base64.b64encode(word.encode()).decode())


@given(st.integers(1, 9_999_999))
def test_a_number_of_a_customer_is_somebody_and_so_is_one_behind_a_word(number: int) -> None:
    assert not is_placeholder(str(number))
    assert not is_placeholder(f"guest-{number}")
    assert not is_placeholder(f"C{number:07}")


@given(st.uuids(version=4))
def test_an_id_of_a_database_is_somebody(value: object) -> None:
    assert not is_placeholder(str(value))
    assert not is_placeholder("{" + str(value).upper() + "}")


@given(st.integers(200, 999), st.integers(200, 999), st.integers(0, 9999))
def test_nearly_every_number_is_somebodys(area: int, exchange: int, line: int) -> None:
    digits = f"{area}{exchange}{line:04}"
    assume(area != 555 and (exchange, line) != (555, 1212) and len(set(digits)) > 4)

    assert is_number_of_nobody(digits) == is_number_of_nobody(f"1{digits}")
    assert not is_number_of_nobody(digits) or digits in "1234567890123456789" or digits in "9876543210987654321"


@pytest.mark.parametrize("number", ["030 12345678", "+4915123456789", "+447911123456", "+12025550143", "020 7946 0018"])
def test_a_few_digits_in_their_order_end_a_number_of_somebody(number: str) -> None:
    assert readings(ContactKind.PHONE, number, "DE").every != ()
