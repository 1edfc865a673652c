"""What a running Beckon serves to Prometheus: clean, and all that rules and dashboards ask for."""

import re
import time
from functools import partial
from pathlib import Path

import httpx
import yaml

from deploy.dashboards.boards import BOARDS
from shared.events.catalogue import SERVICES, Service
from shared.runtime.loops import LOOPS
from tests.support.processes.running import Running
from tests.support.prometheus import checked
from tests.support.waiting import wait_for

RULES = Path(__file__).parents[2] / "deploy" / "alerts" / "beckon.rules.yml"


def test_what_is_scraped_is_clean_and_has_every_metric_of_a_rule_or_a_panel(beckon: Running) -> None:
    scraped = {service: httpx.get(f"{beckon.ports.address(f'{service} metrics')}/metrics").text for service in SERVICES}
    rules = [rule["expr"] for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    asked = " ".join([*rules, *(panel.expression for board in BOARDS for panel in board.panels)])

    served = {name for text in scraped.values() for name in re.findall(r"^(\w+)", text, re.MULTILINE)}
    assert set(re.findall(r"\bbeckon_\w+", asked)) - served == set()
    for service, text in scraped.items():
        assert checked("promtool", "check", "metrics", given=text.encode()) == "", service
        assert "_created" not in text
        assert "/v1/sites/" not in text


def loops_since(beckon: Running, service: Service, moment: float) -> set[str]:
    """The loops of a service that have gone around since a moment."""
    text = httpx.get(f"{beckon.ports.address(f'{service} metrics')}/metrics").text
    found = re.findall(r'^beckon_loop_last_run_timestamp_seconds\{loop="(\w+)"\} (\S+)', text, re.MULTILINE)
    return {name for name, value in found if float(value) > moment}


def _have_run(beckon: Running, service: Service, since: float, names: set[str]) -> bool:
    return loops_since(beckon, service, since) >= names


def test_every_loop_of_a_running_beckon_goes_around(beckon: Running) -> None:
    began = time.time()
    for service, names in LOOPS.items():
        often = set(names) - {"coverage", "polls", "retention"}

        wait_for(f"the loops of {service}", partial(_have_run, beckon, service, began, often))
        assert loops_since(beckon, service, 0) == set(names), service
