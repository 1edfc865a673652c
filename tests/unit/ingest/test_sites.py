"""All sites of ingest: a request that does not name its own costs no search through all of them."""

from uuid import UUID

from services.ingest.sites import Sites
from shared.events.settings import SiteConfigured
from tests.support.builders.ingest import INGEST_KEYS, site_settings
from tests.support.ratios import holds_ratio


def a_shop(number: int, revision: int = 1, host: str | None = None) -> SiteConfigured:
    return site_settings(
        site_id=UUID(int=number + 1),
        revision=revision,
        hosts=(host or f"shop{number}.example", "shared.example"),
        with_pepper=False,
    )


def some_sites(count: int) -> Sites:
    sites = Sites(INGEST_KEYS)
    for number in range(count):
        sites.apply(a_shop(number))
    return sites


def test_a_preflight_costs_the_same_beside_ten_sites_and_beside_thousands() -> None:
    few, many = some_sites(10), some_sites(2000)

    def ask(sites: Sites) -> None:
        for _ in range(200):
            sites.lists_host("nobody.example")

    assert holds_ratio(ask, few, many)


def test_a_host_is_listed_as_long_as_one_site_lists_it() -> None:
    sites = some_sites(2)
    sites.apply(a_shop(0, revision=2, host="moved.example"))

    found = [sites.lists_host(host) for host in ("shop0.example", "moved.example", "shared.example", "shop1.example:8443")]

    assert found == [False, True, True, True]
