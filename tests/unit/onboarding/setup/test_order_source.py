"""The step of the polled back office: each state in which a poll can end has its sentence and its remedy."""

import json
from typing import Any

import pytest

from services.onboarding.platforms import guides
from services.onboarding.setup.checklist import Seen, Step, StepState
from services.onboarding.setup.order_source import FAULTS, with_source, without_source
from services.onboarding.setup.verification import steps_of
from services.onboarding.shop.sites import Fault
from shared.events.settings import SiteConfigured
from shared.runtime.security.sealing import CannotOpen, ReaderKeys, open_secret, to_base64url
from tests.support.builders.onboarding import INGEST, NOON, READERS, SITE, SOURCES, a_site
from tests.unit.onboarding.setup.test_verification import signal

FORM = {"source_account": "harbor", "source_user": "beckon", "source_password": "a password", "source_key": ""}
SOURCES_KEYS = ReaderKeys.parse(f"s1:{to_base64url(SOURCES.private_bytes_raw())}")
INGEST_KEYS = ReaderKeys.parse(f"s1:{to_base64url(INGEST.private_bytes_raw())}")


def connected(**changes: str) -> SiteConfigured:
    changed = with_source(a_site(), FORM | changes, READERS, NOON)
    assert isinstance(changed, SiteConfigured), changed
    return changed


def step(site: SiteConfigured, **signals: dict[str, Any]) -> Step:
    found = {each.key: each for each in steps_of(site, guides()["nexternal"], Seen(signals, None, NOON))}
    return found["source"]


def test_the_step_goes_from_its_place_over_the_credentials_to_a_poll() -> None:
    before, stored = step(a_site()), step(connected())
    polled = step(connected(), source_synced=signal(9))

    assert (before.state, stored.state, polled.state) == (StepState.TODO, StepState.CLAIMED, StepState.VERIFIED)
    assert "Settings > XML Tools > Edit" in before.remedy


@pytest.mark.parametrize("state", FAULTS)
def test_every_state_of_a_failed_poll_has_its_sentence_and_its_remedy(state: str) -> None:
    found = step(connected(), source_synced=signal(9), source_failed=signal(5, field=state))

    assert (found.state, found.fault) == (StepState.BROKEN, state)
    assert FAULTS[state][0] in found.sentence
    assert found.remedy


def test_a_poll_that_went_well_ends_an_earlier_fault_and_an_old_one_is_none() -> None:
    mended = step(connected(), source_failed=signal(9, field="slow"), source_synced=signal(5))
    silent = step(connected(), source_synced=signal(61))

    assert (mended.state, silent.fault) == (StepState.VERIFIED, "overdue")


def test_the_credentials_are_opened_by_the_sources_alone_and_reminders_wait_for_them() -> None:
    site = connected()
    (boxed,) = [each for each in site.secrets if each.name == "nexternal"]

    opened = json.loads(open_secret(SOURCES_KEYS, SITE, "nexternal", boxed.box))

    assert opened == {"account": "harbor", "user": "beckon", "password": "a password", "key": ""}
    assert site.has_order_source
    assert "a password" not in site.model_dump_json(by_alias=True)
    with pytest.raises(CannotOpen):
        open_secret(INGEST_KEYS, SITE, "nexternal", boxed.box)


def test_who_disconnects_the_back_office_waits_for_it_no_longer() -> None:
    left = without_source(connected(), NOON)
    nothing = without_source(a_site(), NOON)

    assert isinstance(left, SiteConfigured)
    assert (left.has_order_source, [each.name for each in left.secrets if each.reader == "sources"]) == (False, [])
    assert isinstance(nothing, list)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"source_account": ""}, "source_account"),
        ({"source_account": "https://www.nexternal.com/harbor"}, "source_account"),
        ({"source_password": ""}, "source_password"),
        ({"source_user": ""}, "source_password"),
        ({"source_user": "", "source_password": ""}, "source_password"),
        ({"source_key": "k" * 129}, "source_password"),
        ({"source_key": "a\nb"}, "source_password"),
    ],
)
def test_credentials_that_cannot_be_whole_are_refused_by_field(changes: dict[str, str], field: str) -> None:
    refused = with_source(a_site(), FORM | changes, READERS, NOON)

    assert isinstance(refused, list)
    assert isinstance(refused[0], Fault)
    assert refused[0].field == field
