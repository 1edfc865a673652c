"""Alert rules as Prometheus reads them: each fires, does not fire, resolves, without data and with little traffic."""

from pathlib import Path

import pytest
from prometheus_client import generate_latest

from shared.events.catalogue import SERVICES, Service
from tests.support.prometheus import checked
from tests.support.served_metrics import a_registry_of

ALERTS = Path(__file__).parents[3] / "deploy" / "alerts"


def test_the_rules_are_rules_without_a_fault_of_style() -> None:
    printed = checked("promtool", "check", "rules", "--lint=all", "--lint-fatal", ALERTS / "beckon.rules.yml")

    assert "rules found" in printed


@pytest.mark.parametrize("tests", ["beckon.tests.yml", "beckon.days.tests.yml"])
def test_each_alert_fires_and_resolves_at_its_moments(tests: str) -> None:
    assert "SUCCESS" in checked("promtool", "test", "rules", ALERTS / tests)


def test_the_example_for_alertmanager_is_one() -> None:
    assert "SUCCESS" in checked("amtool", "check-config", ALERTS / "alertmanager.example.yml")


@pytest.mark.parametrize("service", SERVICES)
def test_names_and_types_of_metrics_are_as_prometheus_wants_them(service: Service) -> None:
    assert checked("promtool", "check", "metrics", given=generate_latest(a_registry_of(service))) == ""
