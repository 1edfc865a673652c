# ruff: noqa: RUF001 - contacts as people of every script write them
"""One person is one key, however a browser, a server, a back office or a mailbox writes the contact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.envelope import ContactKind
from shared.runtime.contacts.email_addresses import email_readings
from shared.runtime.contacts.phone_numbers import phone_readings
from shared.runtime.contacts.placeholders import is_placeholder
from shared.runtime.security.sealing import UnreadableContact, normalise, readings
from tests.support.ratios import holds_ratio

ANNA = "anna@shop.example"
WAYS_TO_WRITE_ANNA = [
    "anna@shop.example",
    " Anna@Shop.Example\r\n",
    "mailto:anna@shop.example",
    "MAILTO:anna@shop.example?subject=Order",
    "mailto:<anna@shop.example>",
    "<anna@shop.example>",
    "Anna Berg <anna@shop.example>",
    '"Berg, Anna" <anna@shop.example>',
    "anna@shop.example (Anna)",
    "(anna@shop.example)",
    "'anna@shop.example'",
    "“anna@shop.example”",
    '"anna"@shop.example',
    "anna@shop.example.",
    "anna@shop.example,",
    "anna@shop.example;",
    "anna@shop.example>",
    ",anna@shop.example",
    "an\u200bna@shop.example",
    "\ufeffanna@shop.example\u200d",
    "\u202aanna@shop.example\u202c",
    "\u200eanna@shop.example\u200f",
    "an\u00adna@shop.example",
    "ａｎｎａ＠ｓｈｏｐ．ｅｘａｍｐｌｅ",
    "anna@shop。example",
    "anna%40shop.example",
    "anna%2540shop.example",
    "anna&#64;shop.example",
    "anna&#x40;shop.example",
    "&lt;anna@shop.example&gt;",
    "anna@shop.example\x00",
    "anna@shop.example\ud800",
    "𝐚𝐧𝐧𝐚@shop.example",
    "anna@shop.example!",
    "anna@shop.example?",
    "Anna <anna@shop.example>!",
]


def test_an_apostrophe_that_a_phone_made_a_curly_one_is_the_same() -> None:
    assert email_readings("Mary.O’Brien@shop.example") == email_readings("mary.o'brien@shop.example")


@pytest.mark.parametrize("written", WAYS_TO_WRITE_ANNA)
def test_a_mailbox_is_one_key_however_it_is_written(written: str) -> None:
    found = email_readings(written)

    assert found.sure == ANNA
    assert found.every[0] == ANNA


@pytest.mark.parametrize(
    ("written", "sure", "every"),
    [
        ("anna%2Btag@x.example", "anna+tag@x.example", {"anna+tag@x.example", "anna%2btag@x.example"}),
        ("anna@straße.de", "anna@xn--strae-oqa.de", {"anna@xn--strae-oqa.de", "anna@strasse.de"}),
        ("anna@βόλος.com", "anna@xn--nxasmm1c.com", {"anna@xn--nxasmm1c.com", "anna@xn--nxasmq6b.com"}),
        ("anna@xn--strae-oqa.de", "anna@xn--strae-oqa.de", {"anna@xn--strae-oqa.de"}),
        ("anna@x.example, berta@y.example", None, {"anna@x.example", "berta@y.example"}),
        ("anna@x.example\nberta@y.example", None, {"anna@x.example", "berta@y.example"}),
        ("anna@x.example/berta@y.example", None, {"anna@x.example", "berta@y.example"}),
        ("<anna@x.example>, <berta@y.example>", None, {"anna@x.example", "berta@y.example"}),
        ("Anna Berg anna@x.example", None, {"anna@x.example"}),
        ("anna @ x.example", None, {"anna@x.example"}),
        ("anna tag@x.example", None, {"tag@x.example", "anna+tag@x.example"}),
        ("a.n.na+shop@gmail.com", "a.n.na+shop@gmail.com", {"a.n.na+shop@gmail.com", "anna@gmail.com"}),
        ("anna@googlemail.com", "anna@googlemail.com", {"anna@googlemail.com", "anna@gmail.com"}),
        ("anna+x@outlook.com", "anna+x@outlook.com", {"anna+x@outlook.com", "anna@outlook.com"}),
        ("reply+7@relay.example", "reply+7@relay.example", {"reply+7@relay.example"}),
        ("o'neil@x.example", "o'neil@x.example", {"o'neil@x.example"}),
        ("test@test.com", "test@test.com", {"test@test.com"}),
        ("guests@shop.example", "guests@shop.example", {"guests@shop.example"}),
        ("na@gmail.com", "na@gmail.com", {"na@gmail.com"}),
        ("mail@mail.de", "mail@mail.de", {"mail@mail.de"}),
        ("me@me.com", "me@me.com", {"me@me.com"}),
        ("nil.armstrong@shop.example", "nil.armstrong@shop.example", {"nil.armstrong@shop.example"}),
        ("na@na.na", None, set()),
        ("noemail@noemail.com", None, set()),
        ("no-email@no-email.com", None, set()),
        ("none@none.com", None, set()),
        ("noreply@example.com", None, set()),
        ("-@-.-", None, set()),
        ("anna", None, set()),
        ("", None, set()),
    ],
)
def test_evidence_keeps_every_reading_and_a_message_uses_the_certain_one(
    written: str, sure: str | None, every: set[str] | None
) -> None:
    found = email_readings(written)

    assert found.sure == sure
    assert every is None or set(found.every) == every


@pytest.mark.parametrize(
    ("written", "region", "sure", "every"),
    [
        ("020 7946 0018", "GB", None, ["+442079460018"]),
        ("030/12345678", "DE", None, ["+493012345678"]),
        ("+44 (0)20 7946 0018", "US", None, ["+442079460018"]),
        ("0044 7911 123456", "US", "+447911123456", ["+447911123456"]),
        ("011 44 7911 123456", "US", "+447911123456", ["+447911123456"]),
        ("+0044 7911 123456", "US", "+447911123456", ["+447911123456"]),
        ("447911123456", "US", None, ["+447911123456"]),
        (442079460018, "US", None, ["+442079460018"]),
        ("044 55 1234 5678", "MX", "+525512345678", ["+525512345678"]),
        ("+52 1 55 1234 5678", "US", "+525512345678", ["+525512345678"]),
        ("011 15-2345-6789", "AR", "+5491123456789", ["+5491123456789", "+541123456789"]),
        ("+54 11 2345 6789", "AR", None, ["+541123456789", "+5491123456789"]),
        ("+55 11 8765-4321", "BR", None, ["+551187654321", "+5511987654321"]),
        ("+1+14155550123", "US", "+14155550123", ["+14155550123"]),
        ("+1 +1 415 555 0123", "US", "+14155550123", ["+14155550123"]),
        ("1 1 (415) 555-0123", "US", "+14155550123", ["+14155550123"]),
        ("415-555-0123 (cell)", "US", "+14155550123", ["+14155550123"]),
        ("cell: 415 555 0123", "US", "+14155550123", ["+14155550123"]),
        ("415 555 0123 mobile", "US", "+14155550123", ["+14155550123"]),
        ("4155550123.0", "US", "+14155550123", ["+14155550123"]),
        ("'4155550123", "US", "+14155550123", ["+14155550123"]),
        ('="4155550123"', "US", "+14155550123", ["+14155550123"]),
        ("４１５５５５０１２３", "US", "+14155550123", ["+14155550123"]),
        ("٠٧٩١١ ١٢٣٤٥٦", "GB", "+447911123456", ["+447911123456"]),
        ("\u202a+1 415\u00a0555\u20110123\u202c", "US", "+14155550123", ["+14155550123"]),
        ("%2B14155550123", "US", "+14155550123", ["+14155550123"]),
        ("&#43;1 415 555 0123", "US", "+14155550123", ["+14155550123"]),
        ("tel:+1-415-555-0123", None, "+14155550123", ["+14155550123"]),
        ("(415) 555-0123 x123", "US", None, ["+14155550123"]),
        ("415-555-0123 ext. 7", "US", None, ["+14155550123"]),
        ("1-800-FLOWERS", "US", None, ["+18003569377"]),
        ("415-555-0123 / 415-555-0124", "US", None, ["+14155550123", "+14155550124"]),
        ("415-555-0123 or 415-555-0124", "US", None, ["+14155550123", "+14155550124"]),
        ("415-555-0123 415-555-0124", "US", None, ["+14155550123", "+14155550124"]),
        ("415-555-0123\n415-555-0124", "US", None, ["+14155550123", "+14155550124"]),
        ("+44 7911 123456, +44 7911 123457", "GB", None, ["+447911123456", "+447911123457"]),
        ("+1 (555) 010-0199", "US", None, ["+15550100199"]),
        ("4.42079E+11", "US", None, []),
        ("0000000000", "US", None, []),
        ("+1 111 111 1111", "US", None, []),
        ("1234567890", "US", None, []),
        ("n/a", "US", None, []),
        ("911", "US", None, []),
        ("", "US", None, []),
    ],
)
def test_any_number_that_can_be_read_is_evidence(
    written: object, region: str | None, sure: str | None, every: list[str]
) -> None:
    found = phone_readings(str(written), region)

    assert found.sure == sure
    assert list(found.every) == every


@pytest.mark.parametrize(
    "text",
    [
        *(
            "0",
            "00",
            "0.0",
            "-1",
            "-0",
            "",
            " ",
            "-",
            "--",
            "—",
            "...",
            "?",
            "N/A",
            "n.a.",
            "na",
            "None",
            "null",
            "NULL",
            "nil",
        ),
        *("NaN", "undefined", "[object Object]", "guest", "Guest", "GUEST_USER", "guest checkout", "anonymous", "Anonymous"),
        *(
            "invité",
            "Invité",
            "invite",
            "gast",
            "Gäst",
            "invitado",
            "ospite",
            "convidado",
            "gość",
            "misafir",
            "гость",
            "ゲスト",
        ),
        *(
            "访客",
            "游客",
            "게스트",
            "ضيف",
            "אורח",
            "(not set)",
            "not logged in",
            "Walk-In",
            "ｎｕｌｌ",
            "'null'",
            '"0"',
            "user",
        ),
        *("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "0" * 24, "false"),
        *("d41d8cd98f00b204e9800998ecf8427e", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        *(
            "{{ customer.id }}",
            "%%customer_id%%",
            "[CustomerID]",
            "$customer_id$",
            "{customer}",
            "${id}",
            "<%= id %>",
            "<?= $id ?>",
        ),
        *("*|EMAIL|*", "__CUSTOMER_ID__", "@@id@@", "#{id}", "{% id %}", "[[id]]", "&lt;id".replace("&lt;", "<%")),
        *("gid://shopify/Customer/0", "gid://shopify/Customer/null"),
    ],
)
def test_what_stands_for_nobody_names_nobody(text: str) -> None:
    assert is_placeholder(text)
    assert readings(ContactKind.CUSTOMER, text).every == ()


@pytest.mark.parametrize(
    "text",
    [
        *(
            "1",
            "7",
            "1001",
            "C-0007",
            "anna",
            "guest-4711",
            "guest_83838",
            "10",
            "100",
            "0012",
            "NO-7",
            "{3F2504E0-4F89-41D3-9A0C-0305E82C3301}",
        ),
        *(
            "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
            "gid://shopify/Customer/207119551",
            "cus_9s6XKzkNRiz8i3",
            "Müller",
            "5d41402abc4b2a76b9719d911017c592",
        ),
    ],
)
def test_what_names_somebody_is_no_placeholder(text: str) -> None:
    assert not is_placeholder(text)
    assert readings(ContactKind.CUSTOMER, text).every == (text,)


@given(
    kind=st.sampled_from([ContactKind.PHONE, ContactKind.EMAIL]),
    text=st.text(max_size=120) | st.text("+0123456789 ()-x@.<>%&;,/ea", max_size=60),
)
def test_any_text_has_a_few_readings_and_the_sure_one_reads_as_itself(kind: ContactKind, text: str) -> None:
    found = readings(kind, text, "US")

    assert len(found.every) <= 6
    assert len(set(found.every)) == len(found.every)
    assert found.sure is None or (found.every[0] == found.sure and normalise(kind, found.sure, "US") == found.sure)
    if found.sure is None:
        with pytest.raises(UnreadableContact):
            normalise(kind, text, "US")


@pytest.mark.parametrize(
    "unit", ["a@", "<", "(", "&", "%41", "<a@", " or ", "+1", "415-555-0123 ", "(x", "x1", "ß", "ext ", "\u200b", "1,"]
)
@pytest.mark.parametrize("kind", [ContactKind.PHONE, ContactKind.EMAIL])
def test_reading_a_contact_costs_no_more_than_its_length(kind: ContactKind, unit: str) -> None:
    short, long = (unit * (length // len(unit)) for length in (256, 512))

    assert holds_ratio(lambda text: readings(kind, text, "US"), short, long)
    assert holds_ratio(lambda text: readings(kind, text, "US"), long, unit * (65_536 // len(unit)), ratio=2)
