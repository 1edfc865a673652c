"""Twelve pods as overlay production spreads them, on fake nodes in three zones, and a node that is drained."""

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.kubernetes.cluster import Cluster
from tests.support.kubernetes.documents import a_namespace
from tests.support.kubernetes.fake_nodes import TAINT, FakeNodes, fake_nodes
from tests.support.kubernetes.manifests import rendered
from tests.support.waiting import stays, wait_for

NAMESPACE, REPLICAS = "zones", 12
ASKS_AGAIN_SECONDS = 5
"""How long kubectl waits after a refused eviction."""


@pytest.fixture(scope="module")
def spread(cluster: Cluster) -> Iterator[FakeNodes]:
    """ingest of overlay production with its budget and account, every pod ready on two nodes in each of three zones."""
    with fake_nodes(cluster, "abc", 2, NAMESPACE) as nodes:
        cluster.apply(a_namespace(NAMESPACE), *_ingest(cluster))
        wait_for("all pods to have a node", lambda: len(nodes.pods()) == REPLICAS, 60)
        nodes.start_pods()
        wait_for("a budget that knows them", lambda: _allowed(cluster) == 1, 60)
        yield nodes


def _ingest(cluster: Cluster) -> list[dict[str, Any]]:
    kinds = ("ServiceAccount", "PodDisruptionBudget", "Deployment")
    documents = [each for each in rendered(cluster, "overlays/production") if each["kind"] in kinds]
    found = [each for each in documents if each["metadata"]["name"] == "ingest"]
    for document in found:
        document["metadata"]["namespace"] = NAMESPACE
    (deployment,) = (each for each in found if each["kind"] == "Deployment")
    deployment["spec"]["replicas"] = REPLICAS
    place = {"nodeSelector": {"tests/fake": "true"}, "tolerations": [{**TAINT, "operator": "Equal"}]}
    deployment["spec"]["template"]["spec"].update(place)
    return found


def _allowed(cluster: Cluster) -> int:
    """How many pods may be evicted now."""
    allowed: int = cluster.read("-n", NAMESPACE, "pdb", "ingest")["status"].get("disruptionsAllowed", -1)
    return allowed


def _evicted(cluster: Cluster, pod: dict[str, Any]) -> str:
    """Ask for an eviction; nothing, or why it is refused."""
    name = pod["metadata"]["name"]
    document = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": NAMESPACE}}
    path = f"/api/v1/namespaces/{NAMESPACE}/pods/{name}/eviction"
    return cluster.attempt("create", "--raw", path, "-f", "-", data=json.dumps(document)).stderr


def test_pods_are_spread_evenly_over_zones_and_nodes(spread: FakeNodes) -> None:
    places = [pod["spec"]["nodeName"] for pod in spread.pods()]

    assert Counter(spread.zones[each] for each in places) == dict.fromkeys("abc", 4)
    assert set(Counter(places).values()) == {2}


def test_of_two_evictions_at_once_the_budget_refuses_the_second(cluster: Cluster, spread: FakeNodes) -> None:
    first, second, *_ = spread.ready()

    assert _evicted(cluster, first) == ""
    assert "would violate the pod's disruption budget" in _evicted(cluster, second)

    wait_for("a place for its successor", lambda: len(spread.pods()) == REPLICAS, 60)
    spread.start_pods()
    wait_for("a budget that allows the next", lambda: _allowed(cluster) == 1, 60)


def test_a_drain_waits_with_the_second_pod_until_the_first_has_a_successor(cluster: Cluster, spread: FakeNodes) -> None:
    node, pods_on_it = Counter(pod["spec"]["nodeName"] for pod in spread.ready()).most_common(1)[0]
    command = ("drain", node, "--pod-selector=app.kubernetes.io/name=ingest", "--timeout=120s")

    def left() -> int:
        spread.end_pods()
        return sum(pod["spec"]["nodeName"] == node for pod in spread.pods())

    with ThreadPoolExecutor(1) as thread:
        drain = thread.submit(cluster.attempt, *command)
        wait_for("the first pod's eviction", lambda: left() < pods_on_it)
        stays("the next pod's stay", lambda: left() == pods_on_it - 1, ASKS_AGAIN_SECONDS + 1)
        while not drain.done():
            spread.start_pods()
            spread.end_pods()

    assert drain.result().returncode == 0, drain.result().stderr
    assert pods_on_it >= 2
    assert left() == 0
    assert "would violate the pod's disruption budget" in drain.result().stderr
