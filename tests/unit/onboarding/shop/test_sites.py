"""What a site may be set to."""

import json

import pytest
from pydantic import ValidationError

from services.onboarding.events import next_revision
from services.onboarding.platforms import guides
from services.onboarding.setup.codes import confirmation_code, tracking_code
from services.onboarding.shop.sign_up import first_page_of
from services.onboarding.shop.sites import (
    host_of,
    new_site,
    with_api_key,
    with_sender,
    with_sending,
    with_template,
)
from shared.events.settings import Hours, SiteConfigured, SiteMode
from shared.runtime.security.sealing import CannotOpen, ReaderKeys, open_secret
from shared.runtime.settings import Profile
from tests.support.builders.onboarding import (
    ACCOUNT,
    FORM,
    INGEST,
    NOON,
    NOTIFY,
    PEPPER,
    PUSH_KEYS,
    READERS,
    SITE,
    a_site,
    faults_of,
)

PACE = {
    "abandoned_after_seconds": "1800",
    "step_delay_seconds": "1800",
    "control_share_percent": "10",
    "hours": "legal",
    "mode": "observe",
}


def test_a_new_site_knows_its_hosts_and_starts_gently() -> None:
    site = a_site()

    assert site.hosts == ("shop.example",)
    assert site.back_office_hosts == ("office.example",)
    assert site.abandoned_after_seconds == 1800
    assert site.hours is Hours.LEGAL
    assert site.control_share == 0.1


@pytest.mark.parametrize(
    ("changed", "offices"),
    [
        ({"back_office_hosts": ""}, ("nexternal.com", "www.nexternal.com")),
        ({"back_office_hosts": "nexternal.com/harborvine"}, ("nexternal.com",)),
        ({"back_office_hosts": "office.example"}, ("office.example",)),
        ({"back_office_hosts": "", "platform": "plain_html"}, ()),
        ({"back_office_hosts": "", "platform": "unknown"}, ()),
    ],
)
def test_where_staff_work_is_the_platforms_own_unless_it_is_given(changed: dict[str, str], offices: tuple[str, ...]) -> None:
    made = new_site({**FORM, **changed}, ACCOUNT, SITE, "bk_0123456789abcdef", PEPPER, PUSH_KEYS, READERS, NOON)

    assert isinstance(made, SiteConfigured)
    assert made.back_office_hosts == offices


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("https://store.nexternal.com/harborvine/", "/harborvine/"),
        (" Store.Nexternal.com/harborvine", "/harborvine/"),
        ("store.nexternal.com/harborvine/invoice.aspx?a=b", "/harborvine/"),
        ("store.nexternal.com", "/"),
        ("shop.example/wines/", "/"),
        ("shop.example/store.nexternal.com/harborvine/", "/"),
    ],
)
def test_a_shop_on_the_shared_host_begins_below_its_account(typed: str, path: str) -> None:
    assert first_page_of(typed) == path


def test_the_pepper_is_boxed_for_its_two_readers_and_no_other() -> None:
    boxes = {secret.reader: secret.box for secret in a_site().secrets if secret.name == "pepper"}

    assert json.loads(open_secret(ReaderKeys({"n1": NOTIFY}), SITE, "pepper", boxes["notify"]))["id"] == "p1"
    assert json.loads(open_secret(ReaderKeys({"g1": INGEST}), SITE, "pepper", boxes["ingest"]))["id"] == "p1"
    with pytest.raises(CannotOpen):
        open_secret(ReaderKeys({"n1": INGEST}), SITE, "pepper", boxes["notify"])


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"host": ""}, "host"),
        ({"host": "javascript:alert(1)"}, "host"),
        ({"host": "shop.example@evil.example"}, "host"),
        ({"host": "a" * 254}, "host"),
        ({"back_office_hosts": "office.example, <b>"}, "back_office_hosts"),
        ({"back_office_hosts": ",".join(f"office{n}.example" for n in range(11))}, "back_office_hosts"),
        ({"name": "Harbor\nVine"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 41}, "name"),
        ({"platform": "../../etc/passwd"}, "platform"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"currency": "dollars"}, "currency"),
    ],
)
def test_a_bad_field_is_named(changed: dict[str, str], field: str) -> None:
    made = new_site({**FORM, **changed}, ACCOUNT, SITE, "bk_0123456789abcdef", PEPPER, PUSH_KEYS, READERS, NOON)

    assert faults_of(made) == {field}


@pytest.mark.parametrize("address", ["shop.example", "HTTPS://shop.example/", "http://shop.example/a?b#c", " shop.example "])
def test_a_shop_address_is_read_however_it_is_typed(address: str) -> None:
    assert host_of(address) == "shop.example"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"abandoned_after_seconds": "299"}, "abandoned_after_seconds"),
        ({"step_delay_seconds": "59"}, "step_delay_seconds"),
        ({"step_delay_seconds": "3600,1800"}, "step_delay_seconds"),
        ({"control_share_percent": "51"}, "control_share_percent"),
        ({"hours": "always"}, "hours"),
        ({"abandoned_after_seconds": "soon"}, "pace"),
        ({"control_share_percent": "nan"}, "control_share_percent"),
    ],
)
def test_a_live_site_cannot_be_made_hasty(changed: dict[str, str], field: str) -> None:
    assert faults_of(with_sending(a_site(), {**PACE, **changed}, Profile.PRODUCTION, NOON)) == {field}


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("field", ["abandoned_after_seconds", "step_delay_seconds"])
@pytest.mark.parametrize("seconds", ["604801", "1000000000000", "9" * 30])
def test_no_wait_is_longer_than_the_calendar_of_those_who_keep_it(profile: Profile, field: str, seconds: str) -> None:
    assert faults_of(with_sending(a_site(), {**PACE, field: seconds}, profile, NOON)) == {field}


def test_the_demo_may_be_hasty() -> None:
    hasty = {**PACE, "abandoned_after_seconds": "3", "step_delay_seconds": "1", "hours": "always", "mode": "live"}

    changed = with_sending(a_site(), hasty, Profile.DEMO, NOON)

    assert isinstance(changed, SiteConfigured)
    assert (changed.abandoned_after_seconds, changed.mode, changed.revision) == (3, SiteMode.LIVE, 2)


def test_a_text_without_an_opt_out_is_refused_with_the_remedy() -> None:
    refused = with_template(a_site(), "{brand}: come back {link}", NOON)

    assert faults_of(refused) == {"template"}
    assert isinstance(refused, list)
    assert "Reply STOP to opt out" in refused[0].sentence


@pytest.mark.parametrize("filling", ["x" * 1000, "x" * 480, "\u2603" * 220])
def test_a_text_that_would_never_be_sent_is_refused_and_not_published(filling: str) -> None:
    words = "{brand}: come back {link} Reply STOP to opt out. "

    assert faults_of(with_template(a_site(), words + filling, NOON)) == {"template"}


def test_a_revision_that_readers_would_refuse_is_never_made() -> None:
    with pytest.raises(ValidationError):
        next_revision(a_site(), NOON, name="x" * 65)


@pytest.mark.parametrize("field", ["account_sid", "auth_token"])
def test_a_credential_too_long_for_its_box_is_refused(field: str) -> None:
    sender = {"account_sid": "AC123", "auth_token": "token", "from_number": "+12125550100", field: "x" * 20_000}

    assert faults_of(with_sender(a_site(), sender, READERS, NOON)) == {field}


def test_a_sender_is_boxed_for_notify_and_never_published_in_the_clear() -> None:
    sender = {"account_sid": "AC123", "auth_token": "very secret token", "from_number": "+12125550100"}

    changed = with_sender(a_site(), sender, READERS, NOON)

    assert isinstance(changed, SiteConfigured)
    assert "very secret token" not in changed.model_dump_json()
    box = next(secret.box for secret in changed.secrets if secret.name == "sms_sender")
    assert json.loads(open_secret(ReaderKeys({"n1": NOTIFY}), SITE, "sms_sender", box)) == sender


def test_a_secret_key_is_published_as_its_hash_alone() -> None:
    made = with_api_key(a_site(), NOON)

    assert not isinstance(made, list)
    changed, text = made
    _, key_id, secret = text.split("_", 2)
    assert changed.api_keys[0].key_id == key_id
    assert secret not in changed.model_dump_json()


def test_keys_cannot_be_made_without_end() -> None:
    site = a_site()
    for _ in range(10):
        made = with_api_key(site, NOON)
        assert not isinstance(made, list)
        site = made[0]

    refused = with_api_key(site, NOON)

    assert isinstance(refused, list)
    assert [fault.field for fault in refused] == ["keys"]


def test_the_codes_name_the_key_and_the_platforms_own_placeholders() -> None:
    key, guide = "bk_0123456789abcdef", guides()["nexternal"]

    assert key in tracking_code(key, "https://beacons.example")
    assert "[OrderNo]" in confirmation_code(a_site(), "https://beacons.example", guide, {})
    assert next(iter(guides())) == "nexternal"
