"""Pods are probed where their process answers, are given the time that it takes to stop, and stand in different zones."""

import httpx
import pytest
from prometheus_client import CollectorRegistry

from shared.events.catalogue import SERVICES
from shared.runtime.health import FROZEN_SECONDS, Health, HealthServer
from shared.runtime.service import END_SECONDS
from tests.contract.kubernetes.rendering import RENDERED, Document, environment, named, of_kind

MARGIN_SECONDS = 5
PROBES = ("startupProbe", "livenessProbe", "readinessProbe")


def container_of(overlay: str, service: str) -> Document:
    """The one container of a service's pods."""
    container: Document
    [container] = named(overlay, "Deployment", service)["spec"]["template"]["spec"]["containers"]
    return container


@pytest.mark.parametrize("overlay", RENDERED)
def test_ports_are_those_on_which_the_service_listens(overlay: str) -> None:
    for service in SERVICES:
        given = environment(overlay, named(overlay, "Deployment", service))
        ports = {each["name"]: each["containerPort"] for each in container_of(overlay, service)["ports"]}
        public = {} if service in ("orders", "sources") else {"http": int(given["BECKON_HTTP_PORT"])}
        assert ports == public | {"metrics": int(given["BECKON_METRICS_PORT"])}


async def test_probes_ask_what_a_process_serves_and_dependencies_never_make_it_dead() -> None:
    health = Health()
    health.wait_for("kafka", "no broker answers yet")
    registry = CollectorRegistry()
    server = HealthServer(health, registry, "127.0.0.1", 0)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
            asked = {kind: container_of("small", "orders")[kind]["httpGet"] for kind in PROBES}
            answers = {kind: (await client.get(get["path"])).status_code for kind, get in asked.items()}
    finally:
        server.close()

    assert answers == {"startupProbe": 200, "livenessProbe": 200, "readinessProbe": 503}
    assert {get["port"] for get in asked.values()} == {"metrics"}


@pytest.mark.parametrize("overlay", RENDERED)
def test_every_service_has_the_same_three_probes(overlay: str) -> None:
    for kind in PROBES:
        first, *others = [container_of(overlay, service)[kind] for service in SERVICES]
        assert [first] * len(others) == others


@pytest.mark.parametrize("overlay", RENDERED)
def test_a_pod_that_stops_is_given_its_drain_its_end_and_a_margin(overlay: str) -> None:
    for service in SERVICES:
        deployment = named(overlay, "Deployment", service)
        drain = float(environment(overlay, deployment)["BECKON_DRAIN_SECONDS"])
        grace = deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
        assert grace >= drain + END_SECONDS + MARGIN_SECONDS


@pytest.mark.parametrize("overlay", RENDERED)
def test_a_pod_that_stops_leaves_the_balance_before_its_drain_is_over(overlay: str) -> None:
    for service in SERVICES:
        readiness = container_of(overlay, service)["readinessProbe"]
        drain = float(environment(overlay, named(overlay, "Deployment", service))["BECKON_DRAIN_SECONDS"])
        assert readiness["periodSeconds"] < drain


@pytest.mark.parametrize("overlay", RENDERED)
def test_a_frozen_process_is_restarted_within_a_minute(overlay: str) -> None:
    for service in SERVICES:
        probe = container_of(overlay, service)["livenessProbe"]
        assert FROZEN_SECONDS + probe["failureThreshold"] * (probe["periodSeconds"] + probe["timeoutSeconds"]) <= 60


@pytest.mark.parametrize("overlay", RENDERED)
def test_a_release_is_rolled_out_without_one_pod_less(overlay: str) -> None:
    for service in SERVICES:
        spec = named(overlay, "Deployment", service)["spec"]
        assert spec["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}


@pytest.mark.parametrize(("overlay", "zones"), [("small", "ScheduleAnyway"), ("production", "DoNotSchedule")])
def test_pods_spread_over_zones_and_nodes_by_release(overlay: str, zones: str) -> None:
    for service in SERVICES:
        spread = named(overlay, "Deployment", service)["spec"]["template"]["spec"]["topologySpreadConstraints"]
        assert {each["topologyKey"]: each["whenUnsatisfiable"] for each in spread} == {
            "topology.kubernetes.io/zone": zones,
            "kubernetes.io/hostname": "ScheduleAnyway",
        }
        assert all(each["matchLabelKeys"] == ["pod-template-hash"] for each in spread)
        assert all(each["labelSelector"]["matchLabels"] == {"app.kubernetes.io/name": service} for each in spread)


@pytest.mark.parametrize("overlay", RENDERED)
def test_services_wait_for_their_schema_and_a_job_of_its_own_brings_it(overlay: str) -> None:
    commands = [job["spec"]["template"]["spec"]["containers"][0]["args"] for job in of_kind(overlay, "Job")]

    assert sorted(each for each in commands if each[0] == "migrate") == [["migrate", each] for each in sorted(SERVICES[1:])]


@pytest.mark.parametrize(("overlay", "jobs"), [("small", 1), ("kind", 1), ("external", 1), ("production", 0)])
def test_topics_are_made_once_by_a_job_or_by_strimzi(overlay: str, jobs: int) -> None:
    commands = [job["spec"]["template"]["spec"]["containers"][0]["args"] for job in of_kind(overlay, "Job")]

    assert commands.count(["topics"]) == jobs
    assert bool(of_kind(overlay, "KafkaTopic")) is (jobs == 0)
