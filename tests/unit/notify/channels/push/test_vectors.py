"""Encryption and signature, bit for bit as the RFCs print them."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st

from services.notify.channels.push.content_coding import LAST, NOT_LAST, encode, seal
from services.notify.channels.push.encryption import CURVE, LARGEST_PLAINTEXT, browser_keys, encrypt, point
from services.notify.channels.push.vapid import Tokens, VapidKeys, sign, signing_input
from shared.runtime.security.sealing import from_base64url, to_base64url
from tests.support.browsers.push_browser import Browser

# RFC 8291, appendix A.
PLAINTEXT = b"When I grow up, I want to be a watermelon"
SERVER_PRIVATE = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SERVER_PUBLIC = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
BROWSER_PUBLIC = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
BROWSER_PRIVATE = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
# RFC 8292, 2.4.
TOKEN = (
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im1ha"
    "Wx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA"
)
SIGNER = "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs"
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def private(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(from_base64url(text)), CURVE)


def verify(public: bytes, signing: str, signature: str) -> None:
    raw = from_base64url(signature)
    encoded = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    ec.EllipticCurvePublicKey.from_encoded_point(CURVE, public).verify(encoded, signing.encode(), ec.ECDSA(SHA256()))


def test_the_content_coding_is_that_of_rfc_8188() -> None:
    body = encode(from_base64url("yqdlZ-tYemfogSmv7Ws5PQ"), from_base64url("I1BsxtFttlv3u_Oo94xnmw"), b"", b"I am the walrus")

    assert to_base64url(body) == "I1BsxtFttlv3u_Oo94xnmwAAEAAA-NAVub2qFgBEuQKRapoZu-IxkIva3MEB1PD-ly8Thjg"


def test_two_records_the_first_of_them_padded_are_those_of_rfc_8188() -> None:
    key, salt = from_base64url("BO3ZVPxUlnLORbVGMpbT1Q"), from_base64url("uNCkWiNYzKTnBN9ji3-qWA")

    body = seal(key, salt, b"a1", [b"I am th" + NOT_LAST + b"\x00", b"e walrus" + LAST], 25)

    expected = "uNCkWiNYzKTnBN9ji3-qWAAAABkCYTHOG8chz_gnvgOqdGYovxyjuqRyJFjEDyoF1Fvkj6hQPdPHI51OEUKEpgz3SsLWIqS_uA"
    assert to_base64url(body) == expected
    assert len(encode(key, salt, b"a1", b"I am the walrus", 25)) == len(body) - 1, "the same without the padding"


def test_a_push_is_encrypted_as_rfc_8291_does() -> None:
    keys = browser_keys(from_base64url(BROWSER_PUBLIC), from_base64url(AUTH))

    body = encrypt(keys, PLAINTEXT, private(SERVER_PRIVATE), from_base64url(SALT))

    assert to_base64url(point(private(SERVER_PRIVATE).public_key())) == SERVER_PUBLIC
    assert to_base64url(body) == BODY
    assert Browser(private(BROWSER_PRIVATE), from_base64url(AUTH)).decrypt(body) == PLAINTEXT


@given(st.binary(max_size=LARGEST_PLAINTEXT))
def test_only_the_browser_reads_it_and_no_two_bodies_are_equal(plaintext: bytes) -> None:
    browser, other = Browser.new(), Browser.new()
    keys = browser_keys(browser.p256dh, browser.auth)

    first, second = encrypt(keys, plaintext), encrypt(keys, plaintext)

    assert browser.decrypt(first) == browser.decrypt(second) == plaintext
    assert first[:16] != second[:16]
    assert first[21:86] != second[21:86], "a key pair is used once"
    assert len(first) <= 4096
    assert other.decrypt(first) is None


def test_a_flipped_bit_opens_nothing() -> None:
    browser = Browser.new()
    body = bytearray(encrypt(browser_keys(browser.p256dh, browser.auth), PLAINTEXT))

    body[-1] ^= 1

    assert browser.decrypt(bytes(body)) is None


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        (b"", b"a" * 16),
        (b"\x04" + b"\x00" * 64, b"a" * 16),
        (b"\x04" + b"\xff" * 64, b"a" * 16),
        (b"\x02" + b"\x11" * 32, b"a" * 16),
        (from_base64url(BROWSER_PUBLIC)[:-1] + b"\x00", b"a" * 16),
        (from_base64url(BROWSER_PUBLIC), b"a" * 15),
        (from_base64url(BROWSER_PUBLIC), b"a" * 17),
    ],
)
def test_keys_that_are_none_are_refused(p256dh: bytes, auth: bytes) -> None:
    with pytest.raises(ValueError):
        browser_keys(p256dh, auth)


def test_the_signing_input_is_that_of_rfc_8292_and_its_signature_verifies() -> None:
    head, _, signature = TOKEN.rpartition(".")

    made = signing_input("https://push.example.net", datetime.fromtimestamp(1453523768, UTC), "mailto:push@example.com")

    assert made == head
    verify(from_base64url(SIGNER), head, signature)


def test_our_signature_verifies_and_another_text_does_not() -> None:
    pair = ec.generate_private_key(CURVE)
    public = point(pair.public_key())
    keys = VapidKeys(to_base64url(public), pair)

    signature = sign(keys, "a.b")

    verify(public, "a.b", signature)
    with pytest.raises(InvalidSignature):
        verify(public, "a.c", signature)


def test_a_token_is_made_once_for_each_push_service_and_renewed_before_it_ends() -> None:
    pair = ec.generate_private_key(CURVE)
    keys = VapidKeys(to_base64url(point(pair.public_key())), pair)
    tokens = Tokens("mailto:operator@beckon.example")

    def token_for(origin: str, hours: float) -> str:
        return tokens.authorization(keys, origin, NOON + timedelta(hours=hours))

    first = token_for("https://a.example", 0)

    assert token_for("https://a.example", 10.9) == first
    assert token_for("https://b.example", 0) != first
    assert token_for("https://a.example", 11) != first
    token, _, key = first.removeprefix("vapid t=").partition(", k=")
    claims = json.loads(from_base64url(token.split(".")[1]))
    assert key == keys.public
    assert claims["aud"] == "https://a.example"
    assert claims["exp"] - NOON.timestamp() == 12 * 3600
    assert claims["sub"].startswith("mailto:")
