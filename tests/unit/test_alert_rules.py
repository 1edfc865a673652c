"""Alert rules name metrics and labels that there are, and each has a runbook whose commands there are.

When each fires is in ``deploy/alerts/*.tests.yml``, which Prometheus' own ``promtool`` runs.
"""

import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from prometheus_client.metrics_core import Metric

from deploy.command.main import beckon
from shared.events.budgets import Budget
from shared.events.catalogue import SERVICES
from tests.support.served_metrics import a_registry_of, metric_names

CHECKOUT = Path(__file__).parents[2]
FOLDER = CHECKOUT / "deploy" / "alerts"
RUNBOOKS = CHECKOUT / "docs" / "runbooks"
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((FOLDER / "beckon.rules.yml").read_text())["groups"] for rule in group["rules"]
]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
EXPRESSIONS = " ".join(rule["expr"] for rule in RULES)
TESTS = "".join((FOLDER / name).read_text() for name in ("beckon.tests.yml", "beckon.days.tests.yml"))
HEADINGS = ["Symptom", "What merchants notice", "First five commands", "Mitigation", "Verification"]


def served() -> list[Metric]:
    """The metrics of all services."""
    return [metric for service in SERVICES for metric in a_registry_of(service).collect()]


def test_every_metric_of_a_rule_is_metric_names() -> None:
    named = set(re.findall(r"\bbeckon_\w+", EXPRESSIONS))

    assert len(named) > 20
    assert named - metric_names() == set()


def test_alerts_are_few_and_each_has_a_meaning_and_a_runbook() -> None:
    assert 10 < len(ALERTS) <= 20
    for name, rule in ALERTS.items():
        assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}, name
        assert rule["annotations"]["runbook_url"] == f"docs/runbooks/{name}.md"


def test_every_share_that_is_recorded_is_used() -> None:
    recorded = {rule["record"] for rule in RULES if "record" in rule}
    used = set(re.findall(r"beckon:\w+:\w+", EXPRESSIONS))

    assert recorded == used


def test_every_promise_has_a_guard_for_little_traffic_in_each_of_its_windows() -> None:
    burning = {rule["record"]: rule["expr"] for rule in RULES if rule.get("record", "").endswith("_burn")}

    assert len(burning) == 2 * 5
    for name, expression in burning.items():
        windows = ("1h", "5m", "6h", "30m") if name.endswith(":fast_burn") else ("1d", "2h", "3d", "6h")
        assert re.findall(r"ratio_rate(\w+) >", expression) == [*windows], name
        guards = ["1h > 10", "6h > 10"] if name.endswith(":fast_burn") else ["1d > 20", "3d > 30"]
        assert re.findall(r"increase(\w+ > \d+)", expression) == guards, name


def test_a_slowly_broken_promise_is_a_ticket_and_never_beside_what_wakes() -> None:
    for rule in (ALERTS[name] for name in ALERTS if "fast_burn" in ALERTS[name]["expr"]):
        [promise] = set(re.findall(r"beckon:(\w+):slow_burn", rule["expr"]))

        assert f"beckon:{promise}:slow_burn unless beckon:{promise}:fast_burn" in rule["expr"]
        assert rule["labels"]["severity"] == '{{ if eq $labels.pace "slow" }}warning{{ else }}critical{{ end }}'


def test_budgets_of_rules_are_budgets() -> None:
    assert "beckon_notify_over_budget_total" in EXPRESSIONS
    assert set(re.findall(r'budget="(\w+)"', TESTS)) <= {budget.value for budget in Budget}


def test_what_a_rule_counts_is_served_from_zero() -> None:
    """Prometheus sees no increase where a series begins at one: the first event of a label would wake nobody."""
    from_zero = {sample.name for metric in served() for sample in metric.samples}
    counted = set(re.findall(r"(?:increase|rate)\((beckon_\w+)", EXPRESSIONS))

    assert len(counted) > 5
    assert counted - from_zero == set()


def test_every_metric_that_pages_has_a_rule() -> None:
    paging = {metric.name for metric in served() if metric.documentation.endswith(": page.")}

    assert len(paging) >= 3
    assert {name for name in paging if name not in EXPRESSIONS} == set()


def test_each_alert_has_a_moment_at_which_it_fires() -> None:
    assert set(re.findall(r'alertname="(\w+)", alertstate="firing"', TESTS)) == set(ALERTS)
    assert set(re.findall(r"\bbeckon_\w+", TESTS)) <= metric_names()


def test_inhibitions_name_alerts_that_there_are() -> None:
    shipped = yaml.safe_load((FOLDER / "alertmanager.example.yml").read_text())
    named = {name for rule in shipped["inhibit_rules"] for name in re.findall(r"Beckon\w+", str(rule))}

    assert len(shipped["inhibit_rules"]) >= 5
    assert named <= set(ALERTS)


@pytest.mark.parametrize("name", ALERTS)
def test_each_alert_has_a_runbook_with_five_commands_that_exist(name: str) -> None:
    text = (RUNBOOKS / f"{name}.md").read_text()
    commands = re.findall(r"^kubectl .+$", text, re.MULTILINE)

    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
    assert len(commands) == 5
    for command in [*commands, *re.findall(r"`((?:kubectl|beckon) [^`]+)`", text)]:
        check(shlex.split(command))


def test_there_is_no_runbook_of_an_alert_that_is_gone() -> None:
    assert {path.stem for path in RUNBOOKS.glob("Beckon*.md")} == set(ALERTS)
    for name in ALERTS:
        assert f"[{name}]({name}.md)" in (RUNBOOKS / "README.md").read_text()


def check(words: list[str]) -> None:
    """Read the arguments of a command of ours as it does itself; it raises for one that does not exist."""
    if "|" in words:
        words = words[: words.index("|")]
    if words[0] == "kubectl":
        assert words[1:3] == ["--namespace", "beckon"]
        if "--" not in words:
            return
        words = words[words.index("--") + 1 :]
    assert words[0] == "beckon"
    command: click.Command = beckon
    rest = words[1:]
    while isinstance(command, click.Group):
        context = click.Context(command)
        _, found, rest = command.resolve_command(context, rest)
        assert found is not None
        command = found
    if rest:
        command.make_context(command.name, rest)
