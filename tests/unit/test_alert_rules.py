"""Alert rules name metrics and labels that there are: a rule over a metric that was renamed never fires."""

import re
from pathlib import Path

from prometheus_client import CollectorRegistry

from services.ingest.metrics import IngestMetrics
from services.notify.metrics import NotifyMetrics
from services.onboarding.metrics import OnboardingMetrics
from shared.events.budgets import Budget
from shared.runtime.metrics import RuntimeMetrics

RULES = (Path(__file__).parents[2] / "deploy" / "alerts" / "beckon.rules.yml").read_text()
EXPRESSIONS = re.findall(r"^ +expr: (.+)$", RULES, re.MULTILINE)


def served() -> set[str]:
    """The names that processes serve."""
    registry = CollectorRegistry()
    for metrics in (IngestMetrics, NotifyMetrics, OnboardingMetrics, RuntimeMetrics):
        metrics(registry)
    return {name + ending for name in (metric.name for metric in registry.collect()) for ending in ("", "_total")}


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
