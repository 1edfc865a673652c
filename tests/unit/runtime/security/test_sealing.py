"""Who seals cannot open, everybody can compare, and nothing shows a secret by accident."""

import base64
import os
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.events.envelope import ContactKind
from shared.runtime.security.sealing import (
    CannotOpen,
    Pepper,
    ReaderKeys,
    ReaderPublicKey,
    UnreadableContact,
    contact_index,
    normalise,
    open_contact,
    open_secret,
    seal_contact,
    seal_secret,
)

SITE = uuid4()
PEPPER = Pepper("p1", bytes(range(32)))
TEXTS = st.text(min_size=1, max_size=200)
KINDS = st.sampled_from(ContactKind)


def raw(key: X25519PrivateKey) -> str:
    return base64.urlsafe_b64encode(key.private_bytes_raw()).rstrip(b"=").decode()


def public(key: X25519PrivateKey, key_id: str) -> ReaderPublicKey:
    encoded = base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).rstrip(b"=").decode()
    return ReaderPublicKey.parse(f"{key_id}:{encoded}")


OLD, NEW = X25519PrivateKey.generate(), X25519PrivateKey.generate()
KEYS = ReaderKeys.parse(f"k2:{raw(NEW)},k1:{raw(OLD)}")


@given(kind=KINDS, text=TEXTS)
@settings(max_examples=60)
def test_what_was_sealed_opens_with_the_new_key_and_with_the_one_before(kind: ContactKind, text: str) -> None:
    for reader in (public(OLD, "k1"), public(NEW, "k2")):
        sealed = seal_contact(reader, PEPPER, SITE, kind, text)

        assert open_contact(KEYS, SITE, sealed) == text
        assert sealed.index == contact_index(PEPPER, kind, text)


@given(text=TEXTS)
@settings(max_examples=30)
def test_a_box_opens_nowhere_but_where_it_belongs(text: str) -> None:
    """Moved to another site, kind or index it would let somebody message another shop's customer."""
    sealed = seal_contact(public(NEW, "k2"), PEPPER, SITE, ContactKind.PHONE, text)
    other = contact_index(PEPPER, ContactKind.PHONE, text + "x")

    for site, moved in (
        (uuid4(), sealed),
        (SITE, sealed.model_copy(update={"kind": ContactKind.EMAIL})),
        (SITE, sealed.model_copy(update={"index": other})),
    ):
        with pytest.raises(CannotOpen):
            open_contact(KEYS, site, moved)


@given(at=st.integers(min_value=0), bit=st.integers(min_value=0, max_value=7))
@settings(max_examples=60)
def test_a_box_with_one_bit_changed_does_not_open(at: int, bit: int) -> None:
    sealed = seal_contact(public(NEW, "k2"), PEPPER, SITE, ContactKind.PHONE, "+12025550123")
    version, key_id, text = sealed.box.split(".")
    box = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    box[at % len(box)] ^= 1 << bit
    changed = base64.urlsafe_b64encode(bytes(box)).rstrip(b"=").decode()

    with pytest.raises(CannotOpen):
        open_contact(KEYS, SITE, sealed.model_copy(update={"box": f"{version}.{key_id}.{changed}"}))


@pytest.mark.parametrize("box", ["", "h1", "h1.k2", "h1.k2.", "h1.k2.!!", "h1.k9.AAAA", "h2.k2.AAAA", "h1.k2." + "A" * 43])
def test_what_is_no_box_cannot_be_opened_and_is_no_crash(box: str) -> None:
    with pytest.raises(CannotOpen):
        KEYS.open(box, "info")


def test_two_boxes_of_one_contact_differ_and_their_indexes_do_not() -> None:
    one, two = (seal_contact(public(NEW, "k2"), PEPPER, SITE, ContactKind.EMAIL, "a@example.com") for _ in range(2))

    assert one.box != two.box
    assert one.index == two.index


@given(text=TEXTS)
@settings(max_examples=30)
def test_an_index_reveals_nothing_without_its_pepper_and_differs_by_kind(text: str) -> None:
    elsewhere = Pepper("p1", os.urandom(32))

    indexes = {contact_index(pepper, kind, text) for pepper in (PEPPER, elsewhere) for kind in ContactKind}

    assert len(indexes) == 2 * len(ContactKind)


def test_the_index_is_a_contract() -> None:
    assert contact_index(PEPPER, ContactKind.PHONE, "+12025550123") == "i1.p1.Hw7vnlJe2Gpu5xDU0-terw"


def test_a_secret_is_bound_to_its_site_and_name() -> None:
    box = seal_secret(public(NEW, "k2"), SITE, "twilio", b"\x00secret\xff")

    assert open_secret(KEYS, SITE, "twilio", box) == b"\x00secret\xff"
    for site, name in ((uuid4(), "twilio"), (SITE, "vapid")):
        with pytest.raises(CannotOpen):
            open_secret(KEYS, site, name, box)


def test_no_repr_shows_a_key() -> None:
    shown = f"{KEYS!r} {PEPPER!r} {public(NEW, 'k2')!r}"

    assert raw(NEW) not in shown
    assert PEPPER.key.hex() not in shown
    assert repr(PEPPER.key) not in shown
    assert "X25519PrivateKey" not in shown


@pytest.mark.parametrize(
    ("given_text", "region", "expected"),
    [
        ("(202) 555-0123", "US", "+12025550123"),
        ("+1 202 555 0123", None, "+12025550123"),
        ("tel:+1-202-555-0123", None, "+12025550123"),
        ("0151 23456789", "DE", "+4915123456789"),
        ("\u00a0+44 7911 123456\u200b", None, "+447911123456"),
    ],
)
def test_one_phone_has_one_spelling(given_text: str, region: str | None, expected: str) -> None:
    assert normalise(ContactKind.PHONE, given_text, region) == expected


@pytest.mark.parametrize("text", ["", "12", "+", "911", "+18005550123", "+4930123456", "hello", "+1202555012", "1" * 400])
def test_what_cannot_be_texted_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(UnreadableContact) as refusal:
        normalise(ContactKind.PHONE, text, None)

    assert len(text) < 2 or text not in str(refusal.value)


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("  Anna.Berg@Example.COM ", "anna.berg@example.com"),
        ("anna@bücher.example", "anna@xn--bcher-kva.example"),
        ("ANNA@BÜCHER.example", "anna@xn--bcher-kva.example"),
        ("re\u0301my@example.com", "r\u00e9my@example.com"),
    ],
)
def test_one_mailbox_has_one_spelling(given_text: str, expected: str) -> None:
    assert normalise(ContactKind.EMAIL, given_text) == expected


@pytest.mark.parametrize(
    "text", ["", "@", "a@", "@b.example", "a b@c.example", "a@b..c", "a@" + "x" * 300, "a\n@b.example", "a@b@"]
)
def test_what_is_no_mailbox_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(UnreadableContact) as refusal:
        normalise(ContactKind.EMAIL, text)

    assert len(text) < 4 or text not in str(refusal.value)


@given(kind=KINDS, text=st.text(max_size=300))
@settings(max_examples=200)
def test_any_text_is_spelled_or_refused_and_spelling_twice_changes_nothing(kind: ContactKind, text: str) -> None:
    try:
        once = normalise(kind, text, "US")
    except UnreadableContact:
        return

    assert normalise(kind, once, "US") == once
    seal_contact(public(NEW, "k2"), PEPPER, UUID(int=1), kind, once[:500])
