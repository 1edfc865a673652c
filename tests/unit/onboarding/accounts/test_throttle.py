"""Guessing gets slower and no right password is ever refused for the guesses of others; known browsers are distinguished."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.onboarding.accounts.devices import KNOWN_FOR, MOST_ACCOUNTS, DeviceKey, device_in, new_device, with_device
from services.onboarding.accounts.throttle import (
    FREE_TRIES,
    LONGEST_DELAY_SECONDS,
    WaitingRoom,
    delay_seconds,
    subject_of,
)

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
ANNA = DeviceKey(UUID(int=1), b"\x01" * 32)
BERTA = DeviceKey(UUID(int=2), b"\x02" * 32)


@given(st.sampled_from(sorted(FREE_TRIES)), st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_failures_never_make_a_try_faster_and_none_waits_for_ever(kind: str, one: int, other: int) -> None:
    fewer, more = sorted((one, other))
    subject = subject_of(kind, "x")

    assert 0 <= delay_seconds({subject: fewer}) <= delay_seconds({subject: more}) <= LONGEST_DELAY_SECONDS


@pytest.mark.parametrize("kind", sorted(FREE_TRIES))
def test_the_first_failures_cost_nothing_and_many_cost_the_most(kind: str) -> None:
    free = FREE_TRIES[kind]

    assert delay_seconds({subject_of(kind, "x"): free - 1}) == 0
    assert delay_seconds({subject_of(kind, "x"): free}) > 0
    assert delay_seconds({subject_of(kind, "x"): free + 10}) == LONGEST_DELAY_SECONDS


def test_the_slowest_of_its_subjects_holds_a_try() -> None:
    account, address = subject_of("account", "x"), subject_of("address", "y")

    assert delay_seconds({account: 100, address: 0}) == LONGEST_DELAY_SECONDS


def test_only_so_many_wait_for_each_client_and_in_all() -> None:
    room = WaitingRoom(each=2, most=3)
    with room.admit("a") as first, room.admit("a") as second, room.admit("a") as third:
        assert (first, second, third) == (True, True, False)
        with room.admit("b") as other, room.admit("c") as one_too_many:
            assert (other, one_too_many) == (True, False)

    with room.admit("a") as again, room.admit("b") as too:
        assert [again, too] == [True, True]


def test_a_device_is_known_to_the_account_that_it_signed_in_to_and_to_no_other() -> None:
    cookie = with_device("", ANNA, NOON)

    assert device_in(cookie, ANNA, NOON) is not None
    assert device_in(cookie, BERTA, NOON) is None
    assert device_in(cookie, DeviceKey(ANNA.account_id, b"\x03" * 32), NOON) is None, "the key is another after a change"


def test_a_browser_of_several_accounts_is_known_to_each() -> None:
    cookie = with_device(with_device("", ANNA, NOON), BERTA, NOON)

    assert device_in(cookie, ANNA, NOON) is not None
    assert device_in(cookie, BERTA, NOON) is not None


def test_a_cookie_does_not_grow_for_ever() -> None:
    cookie = "~".join("x" * 5000 for _ in range(50))
    for number in range(20):
        cookie = with_device(cookie, DeviceKey(UUID(int=number), b"k" * 32), NOON)

    assert cookie.count("~") == MOST_ACCOUNTS - 1
    assert len(cookie) < 1000


def test_a_device_is_forgotten_in_the_end() -> None:
    cookie = new_device(ANNA, NOON)

    assert device_in(cookie, ANNA, NOON + KNOWN_FOR - timedelta(hours=1)) is not None
    assert device_in(cookie, ANNA, NOON + KNOWN_FOR + timedelta(hours=1)) is None


@given(st.text(max_size=200))
def test_nothing_that_a_stranger_makes_up_is_a_device(cookie: str) -> None:
    assert device_in(cookie, ANNA, NOON) is None


@given(st.integers(0, 2000), st.characters())
def test_a_token_with_one_letter_changed_is_no_device(admit: int, letter: str) -> None:
    token = new_device(ANNA, NOON)
    admit %= len(token)
    changed = token[:admit] + letter + token[admit + 1 :]

    assert changed == token or device_in(changed, ANNA, NOON) is None
