"""Each cause raises its own alert over a running Beckon, and no other; `make fire-drill` runs it in ten minutes."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from functools import partial

import pytest
import yaml
from aiokafka import AIOKafkaProducer

from deploy.local.folders import CHECKOUT
from deploy.local.postgres import DATABASE
from shared.events.codec import SILENCES_HEADER
from tests.fire_drill.drill import Drill
from tests.support.alerting import ALERTS, FACTOR, in_a_hurry
from tests.support.processes.running import Running
from tests.support.stories.carrier_log import CarrierLog
from tests.support.waiting import stays, wait_for

INHIBITIONS = yaml.safe_load((ALERTS / "alertmanager.example.yml").read_text())["inhibit_rules"]
SITE = "11111111-1111-4111-8111-111111111111"
OUTAGE_SECONDS = 60.0
DOWN_WITHIN = 60.0
HOUR_SECONDS = 3600 / FACTOR


def test_windows_and_waits_are_shortened_and_thresholds_are_not() -> None:
    text = "expr: rate(beckon_x[5m]) > 45 and y:ratio_rate1h > 1\n for: 2m\n group_wait: 1m"

    assert (
        in_a_hurry(text, 20) == "expr: rate(beckon_x[15000ms]) > 45 and y:ratio_rate1h > 1\n for: 6000ms\n group_wait: 3000ms"
    )


def test_an_hour_in_which_nothing_happens_wakes_nobody(drill: Drill) -> None:
    drill.becomes_quiet()
    began = time.monotonic()

    stays("quiet", lambda: not drill.alerting.firing(), HOUR_SECONDS)
    assert drill.alerting.webhook.since(began, "firing") == set()


def test_a_killed_orders_raises_that_it_is_down(drill: Drill, beckon: Running) -> None:
    drill.raises("orders killed", "BeckonServiceDown", DOWN_WITHIN, end=beckon.kill_and_hold("orders"))


def test_a_frozen_process_raises_that_it_is_down(drill: Drill, beckon: Running) -> None:
    pid = beckon.pid("notify")
    os.kill(pid, signal.SIGSTOP)

    drill.raises("notify frozen (SIGSTOP)", "BeckonServiceDown", DOWN_WITHIN, end=lambda: os.kill(pid, signal.SIGCONT))


def test_postgres_stopped_for_a_minute_raises_one_alert(drill: Drill, beckon: Running) -> None:
    began, start = time.monotonic(), beckon.kill_and_hold("postgres")

    def end() -> None:
        wait_for("the end of the outage", lambda: time.monotonic() - began > OUTAGE_SECONDS, OUTAGE_SECONDS + 5)
        start()

    drill.raises("PostgreSQL stopped for 60 s", "BeckonPostgresUnreachable", OUTAGE_SECONDS, end)


def test_kafka_stopped_for_a_minute_raises_one_alert(drill: Drill, beckon: Running) -> None:
    began, start = time.monotonic(), beckon.kill_and_hold("kafka")

    def end() -> None:
        wait_for("the end of the outage", lambda: time.monotonic() - began > OUTAGE_SECONDS, OUTAGE_SECONDS + 5)
        start()

    drill.raises("Kafka stopped for 60 s", "BeckonKafkaUnreachable", OUTAGE_SECONDS, end)


def test_a_poisoned_record_raises_a_hold_until_it_is_released(drill: Drill, beckon: Running) -> None:
    asyncio.run(poison(f"127.0.0.1:{beckon.ports.of('Kafka')}"))

    drill.raises("a poisoned record", "BeckonSitesOnHold", 30.0, end=lambda: release(beckon))


def test_a_carrier_that_answers_500_raises_that_sending_fails(drill: Drill, beckon: Running) -> None:
    carrier = CarrierLog(beckon.ports.address("demo"))
    carrier.switch(faults=[{"kind": "answer", "status": 500, "times": None}])
    for number in range(15):
        carrier.reply(f"+1423555{2000 + number}", "HELP")

    drill.raises("a carrier answers 500", "BeckonSendingFails", 60.0, end=lambda: carrier.switch(faults=[]))


@pytest.mark.parametrize("rule", INHIBITIONS, ids=lambda rule: " ".join(rule["source_matchers"]))
def test_one_cause_is_notified_and_stands_for_what_follows_from_it(drill: Drill, rule: dict[str, list[str]]) -> None:
    causes, effects = (set(re.findall(r"Beckon\w+", str(rule[f"{end}_matchers"]))) for end in ("source", "target"))
    for cause in causes:
        began = time.monotonic()
        drill.alerting.post([cause, *effects], seconds=8)

        standing = {cause: False} | dict.fromkeys(effects, True)
        wait_for("one alert that stands for others", partial(shows, drill, standing), 8, drill.alerting.known)
        wait_for(cause, partial(drill.alerting.webhook.since, began, "firing"), 30)
        wait_for("the end of these alerts", partial(shows, drill, {}), 30)
        assert drill.alerting.webhook.since(began, "firing") == {cause}


def shows(drill: Drill, alerts: dict[str, bool]) -> bool:
    """Whether Alertmanager has these alerts and no others; True for one that is inhibited."""
    return drill.alerting.known() == alerts


async def poison(address: str) -> None:
    """Write a record that nobody can read, and that may have been an order."""
    producer = AIOKafkaProducer(bootstrap_servers=address)
    await producer.start()
    await producer.send_and_wait("storefront-events", b"{not json", key=SITE.encode(), headers=[(SILENCES_HEADER, b"1")])
    await producer.stop()


def release(beckon: Running) -> None:
    """What the runbook says, for each service that has a hold."""
    for service in ("orders", "notify"):
        password = beckon.secrets()["role_passwords"][service]
        dsn = f"postgresql://beckon_{service}:{password}@127.0.0.1:{beckon.ports.of('PostgreSQL')}/{DATABASE}"
        command = [sys.executable, "-m", "deploy.command", "holds", "release", service, SITE]
        done = subprocess.run(
            command, cwd=CHECKOUT, env=os.environ | {"BECKON_POSTGRES": dsn}, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
