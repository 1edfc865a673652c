"""Alert rules name metrics and labels that there are: a rule over a metric that was renamed never fires.

When each fires is in ``deploy/alerts/beckon.tests.yml``, which Prometheus' own ``promtool`` runs.
"""

import re
from pathlib import Path

from prometheus_client import CollectorRegistry

from services.ingest.metrics import IngestMetrics
from services.notify.metrics import NotifyMetrics
from services.onboarding.metrics import OnboardingMetrics
from services.orders.metrics import OrdersMetrics
from shared.events.budgets import Budget
from shared.runtime.metrics import RuntimeMetrics

FOLDER = Path(__file__).parents[2] / "deploy" / "alerts"
RULES = (FOLDER / "beckon.rules.yml").read_text()
TESTS = (FOLDER / "beckon.tests.yml").read_text()
EXPRESSIONS = re.findall(r"^ +expr: (.+)$", RULES, re.MULTILINE)


MADE_BY_ITS_LOOP = {"beckon_notify_failures_total"}
"""Served from zero as well: each loop makes its own label when it is built."""


def a_registry() -> CollectorRegistry:
    """What processes serve before anything has happened."""
    registry = CollectorRegistry()
    for metrics in (IngestMetrics, NotifyMetrics, OnboardingMetrics, OrdersMetrics, RuntimeMetrics):
        metrics(registry)
    return registry


def served() -> set[str]:
    """The names that processes serve."""
    return {name + ending for name in (metric.name for metric in a_registry().collect()) for ending in ("", "_total")}


def test_every_metric_of_a_rule_is_served() -> None:
    named = {name for expression in EXPRESSIONS for name in re.findall(r"beckon_\w+", expression)}

    assert len(EXPRESSIONS) == RULES.count("- alert: ") == RULES.count("summary: ")
    assert named - served() == set()


def test_a_budget_that_is_met_raises_an_alert() -> None:
    assert any("beckon_notify_over_budget_total" in expression for expression in EXPRESSIONS)
    assert set(re.findall(r'budget="(\w+)"', RULES)) <= {budget.value for budget in Budget}


def test_indentation_is_of_spaces_and_rules_have_one_name_each() -> None:
    names = re.findall(r"- alert: (\w+)$", RULES, re.MULTILINE)

    assert "\t" not in RULES
    assert len(names) == len(set(names))


def test_what_a_rule_counts_is_served_from_zero() -> None:
    """Prometheus sees no increase where a series begins at one: the first event of a label would wake nobody."""
    from_zero = {sample.name for metric in a_registry().collect() for sample in metric.samples}
    counted = set(re.findall(r"(?:increase|rate)\((\w+)", RULES))

    assert len(counted) > 5
    assert counted - from_zero - MADE_BY_ITS_LOOP == set()


def test_every_metric_that_pages_has_a_rule() -> None:
    paging = {metric.name for metric in a_registry().collect() if metric.documentation.endswith(": page.")}

    assert len(paging) >= 3
    assert {name for name in paging if name not in RULES} == set()


def test_each_alert_has_a_moment_at_which_it_fires() -> None:
    names = set(re.findall(r"- alert: (\w+)$", RULES, re.MULTILINE))

    assert set(re.findall(r'alertname="(\w+)", alertstate="firing"', TESTS)) == names
    assert set(re.findall(r"beckon_\w+", TESTS)) <= served()
