"""Dashboards: written from data, of metrics that there are, in expressions that Prometheus reads."""

import json
import re
from pathlib import Path

import yaml

from deploy.dashboards.boards import BOARDS
from deploy.dashboards.grafana import FOLDER, text_of
from tests.support.prometheus import checked
from tests.support.served_metrics import metric_names

RULES = Path(__file__).parents[3] / "deploy" / "alerts" / "beckon.rules.yml"
EXPRESSIONS = [panel.expression for board in BOARDS for panel in board.panels]


def test_the_files_are_those_of_the_data() -> None:
    assert {path.name: path.read_text() for path in FOLDER.glob("*.json")} == {
        f"{board.uid}.json": text_of(board) for board in BOARDS
    }, "make dashboards writes them anew"


def test_every_metric_of_a_panel_is_served_or_recorded() -> None:
    recorded = {
        rule["record"] for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"] if "record" in rule
    }
    shares, named = (
        set(re.findall(r"beckon:\w+:\w+", " ".join(EXPRESSIONS))),
        set(re.findall(r"\bbeckon_\w+", " ".join(EXPRESSIONS))),
    )

    assert len(shares) == 5
    assert shares <= recorded
    assert len(named) > 25
    assert named <= metric_names()


def test_prometheus_reads_every_expression(tmp_path: Path) -> None:
    rules = [{"record": f"panel:{number}", "expr": expression} for number, expression in enumerate(EXPRESSIONS)]
    (tmp_path / "panels.yml").write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))

    assert f"{len(EXPRESSIONS)} rules found" in checked("promtool", "check", "rules", tmp_path / "panels.yml")


def test_every_kind_of_series_of_a_panel_has_a_name_of_its_own() -> None:
    for board in BOARDS:
        for panel in board.panels:
            grouped = re.match(r"(?:topk\(10, )?(?:1 - |time\(\) - )?\w+(?:\([\d.]+, sum)? by \(([^)]*)\)", panel.expression)
            labels = set() if grouped is None else set(grouped.group(1).replace(" ", "").split(",")) - {"le"}
            assert labels == set(re.findall(r"{{(\w+)}}", panel.legend)), panel.title
