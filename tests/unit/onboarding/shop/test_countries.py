"""A shop's country is chosen or read from its address; currency, time zone, numbers and laws follow it."""

from zoneinfo import ZoneInfo

import phonenumbers
import pytest

from services.onboarding.events import next_revision
from services.onboarding.shop.countries import countries, country_of_host, example_number
from services.onboarding.shop.settings import with_platform, with_shop
from services.onboarding.shop.sites import new_site
from shared.events.envelope import Channel
from shared.events.settings import CampaignStep, SiteConfigured
from tests.support.builders.onboarding import ACCOUNT, FORM, NOON, PEPPER, PUSH_KEYS, READERS, SITE, a_site, faults_of

KEY = "bk_0123456789abcdef"
SHOP = {"name": "Harbor", "hosts": "shop.example", "currency": "", "time_zone": ""}


def opened(**fields: str) -> SiteConfigured:
    made = new_site({**FORM, **fields}, ACCOUNT, SITE, KEY, PEPPER, PUSH_KEYS, READERS, NOON)
    assert isinstance(made, SiteConfigured)
    return made


@pytest.mark.parametrize("code", sorted(countries()))
def test_every_country_has_what_a_shop_there_needs(code: str) -> None:
    country = countries()[code]

    site = opened(country=code)

    assert ZoneInfo(country.time_zone)
    assert country.time_zone in country.zones
    assert (site.country, site.currency, site.time_zone) == (code, country.currency, country.time_zone)
    assert phonenumbers.is_possible_number(phonenumbers.parse(example_number(code)))


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({}, ("US", "USD", "America/New_York")),
        ({"host": "wein.de"}, ("DE", "EUR", "Europe/Berlin")),
        ({"host": "wine.co.uk:8443"}, ("GB", "GBP", "Europe/London")),
        ({"host": "wine.ai"}, ("US", "USD", "America/New_York")),
        ({"host": "wein.de", "country": "at"}, ("AT", "EUR", "Europe/Vienna")),
        ({"country": "CA", "currency": "usd", "time_zone": "America/Vancouver"}, ("CA", "USD", "America/Vancouver")),
    ],
)
def test_a_new_shop_has_the_country_that_was_chosen_or_that_of_its_address(
    fields: dict[str, str], kept: tuple[str, str, str]
) -> None:
    site = opened(**fields)

    assert (site.country, site.currency, site.time_zone) == kept


@pytest.mark.parametrize("host", ["", "localhost", "192.0.2.1", "shop.example", "x.zz", "[::1]", "a.eu"])
def test_an_address_that_names_no_country_is_not_guessed_at(host: str) -> None:
    assert country_of_host(host) == "US"


def test_a_shop_moves_to_another_country_and_another_platform() -> None:
    moved = with_shop(a_site(), {**SHOP, "country": "GB", "platform": "plain_html"}, NOON)

    assert isinstance(moved, SiteConfigured)
    assert (moved.country, moved.currency, moved.time_zone) == ("GB", "GBP", "Europe/London")
    assert moved.platform == "plain_html"


def test_a_form_that_names_neither_keeps_country_and_platform() -> None:
    site = next_revision(a_site(), NOON, country="DE", platform="plain_html")

    kept = with_shop(site, {**SHOP, "currency": "EUR", "time_zone": "Europe/Berlin"}, NOON)

    assert isinstance(kept, SiteConfigured)
    assert (kept.country, kept.platform) == ("DE", "plain_html")


@pytest.mark.parametrize("country", ["ZZ", "EU", "USA", "1", "DE;"])
def test_a_country_that_is_none_is_refused(country: str) -> None:
    assert faults_of(with_shop(a_site(), {**SHOP, "country": country}, NOON)) == {"country"}


def test_a_campaign_of_two_texts_does_not_move_where_one_is_the_law() -> None:
    step = CampaignStep(delay_seconds=1800, channel_order=(Channel.SMS,), template="{brand}: {link} Reply STOP to opt out.")
    site = next_revision(a_site(), NOON, country="DE")
    site = next_revision(site, NOON, campaign=site.campaign.model_copy(update={"steps": (step, step)}))

    assert faults_of(with_shop(site, {**SHOP, "country": "US"}, NOON)) == {"country"}


def test_a_platform_is_chosen_from_the_list() -> None:
    chosen = with_platform(a_site(), "plain_html", NOON)

    assert isinstance(chosen, SiteConfigured)
    assert faults_of(with_platform(a_site(), "unknown", NOON)) == {"platform"}


def test_a_platform_that_is_chosen_later_brings_its_back_office_and_takes_none_away() -> None:
    unknown = next_revision(a_site(), NOON, back_office_hosts=())

    chosen = with_platform(unknown, "nexternal", NOON)
    kept = with_platform(a_site(), "nexternal", NOON)

    assert isinstance(chosen, SiteConfigured)
    assert isinstance(kept, SiteConfigured)
    assert chosen.back_office_hosts == ("nexternal.com", "www.nexternal.com")
    assert kept.back_office_hosts == a_site().back_office_hosts
