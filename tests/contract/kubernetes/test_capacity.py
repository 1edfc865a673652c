"""However many pods there are, PostgreSQL has a connection and Kafka a partition for each."""

import ast
import json
from inspect import signature
from pathlib import Path

import pytest

from shared.events.catalogue import SERVICES, TOPICS
from shared.runtime.lifecycle import open_database
from tests.contract.kubernetes.rendering import Document, documents, named, of_kind

WITH_OPERATORS = ("production", "everything")
CHECKOUT = Path(__file__).parents[3]
ELSEWHERE = {"sources": "services/ingest/sources"}
"""Where a service lies that is not a folder of its own."""
LISTENING = {"onboarding": 1}
"""A connection beside the pool, by which the console learns of what has changed."""
MIGRATIONS = 4
COMMANDS = 5
RESERVE = 20
"""What PostgreSQL keeps for superusers, and what its operator and its exporter of metrics use."""


def pool_of(service: str) -> int:
    """The size of the pool that a service opens in its composition root, and what it opens beside it; 0 without a database."""
    tree = ast.parse((CHECKOUT / ELSEWHERE.get(service, f"services/{service}") / "app.py").read_text())
    calls = [each for each in ast.walk(tree) if isinstance(each, ast.Call) and getattr(each.func, "id", "") == "open_database"]
    if not calls:
        return 0
    [call] = calls
    given = signature(open_database).bind(*call.args, **{str(each.arg): each.value for each in call.keywords})
    given.apply_defaults()
    size = given.arguments["size"]
    return int(ast.literal_eval(size) if isinstance(size, ast.expr) else size) + LISTENING.get(service, 0)


def autoscalers(overlay: str) -> dict[str, tuple[int, int]]:
    """The fewest and the most pods of each Deployment that something scales."""
    hpas = {
        each["spec"]["scaleTargetRef"]["name"]: (each["spec"]["minReplicas"], each["spec"]["maxReplicas"])
        for each in of_kind(overlay, "HorizontalPodAutoscaler")
    }
    return hpas | {
        each["spec"]["scaleTargetRef"]["name"]: (each["spec"]["minReplicaCount"], each["spec"]["maxReplicaCount"])
        for each in of_kind(overlay, "ScaledObject")
    }


def most_pods(overlay: str, service: str) -> int:
    """The most pods that there are at once, while a release is rolled out too."""
    spec = named(overlay, "Deployment", service)["spec"]
    _, most = autoscalers(overlay).get(service, (1, spec.get("replicas", 1)))
    return int(most) + int(spec["strategy"]["rollingUpdate"]["maxSurge"])


def connections_of(overlay: str) -> int:
    """What PostgreSQL allows."""
    if overlay in WITH_OPERATORS:
        return int(named(overlay, "Cluster", "postgres")["spec"]["postgresql"]["parameters"]["max_connections"])
    arguments = named(overlay, "StatefulSet", "postgres")["spec"]["template"]["spec"]["containers"][0]["args"]
    return int(next(each.partition("=")[2] for each in arguments if each.startswith("max_connections=")))


@pytest.mark.parametrize("overlay", ["kind", "small", *WITH_OPERATORS])
def test_postgresql_has_a_connection_for_every_pool_of_the_most_pods(overlay: str) -> None:
    pools = {service: pool_of(service) for service in SERVICES}
    assert {service for service, size in pools.items() if size} == {"sources", "orders", "notify", "onboarding"}

    wanted = sum(most_pods(overlay, service) * size for service, size in pools.items()) + MIGRATIONS + COMMANDS

    assert wanted <= connections_of(overlay) - RESERVE


@pytest.mark.parametrize("overlay", WITH_OPERATORS)
def test_keda_makes_no_more_pods_than_each_topic_has_partitions(overlay: str) -> None:
    scaled = of_kind(overlay, "ScaledObject")
    assert {each["metadata"]["name"] for each in scaled} == {"orders", "notify"}
    for each in scaled:
        for trigger in each["spec"]["triggers"]:
            topic = TOPICS[trigger["metadata"]["topic"]]
            assert trigger["metadata"]["consumerGroup"] == each["spec"]["scaleTargetRef"]["name"]
            assert each["spec"]["scaleTargetRef"]["name"] in topic.readers
            assert 1 <= each["spec"]["minReplicaCount"] <= each["spec"]["maxReplicaCount"] <= topic.partitions
            assert topic.partitions % each["spec"]["maxReplicaCount"] == 0, "each pod has as many as the others"


@pytest.mark.parametrize("overlay", WITH_OPERATORS)
def test_keda_finds_the_settings_that_its_triggers_name(overlay: str) -> None:
    authentications = {each["metadata"]["name"]: each["spec"] for each in of_kind(overlay, "TriggerAuthentication")}
    for each in of_kind(overlay, "ScaledObject"):
        service = each["spec"]["scaleTargetRef"]["name"]
        [container] = named(overlay, "Deployment", service)["spec"]["template"]["spec"]["containers"]
        own = {variable["name"]: variable["value"] for variable in container["env"]}
        for trigger in each["spec"]["triggers"]:
            used = authentications[trigger["authenticationRef"]["name"]]
            [username] = used["env"]
            assert username["containerName"] == container["name"]
            assert own[username["name"]] == service
            assert {(source["name"], source["key"]) for source in used["secretTargetRef"]} == secrets_of_kafka(service)


@pytest.mark.parametrize("overlay", WITH_OPERATORS)
def test_keda_knows_every_field_of_a_trigger_which_no_definition_checks(overlay: str) -> None:
    known = json.loads((Path(__file__).parent / "schemas" / "keda-kafka-trigger.json").read_text())
    triggers = [trigger for each in of_kind(overlay, "ScaledObject") for trigger in each["spec"]["triggers"]]
    given = [
        source["parameter"]
        for each in of_kind(overlay, "TriggerAuthentication")
        for kind in each["spec"].values()
        for source in kind
    ]

    assert {trigger["type"] for trigger in triggers} == {"kafka"}
    assert {name for trigger in triggers for name in trigger["metadata"]} <= set(known["metadata"])
    assert set(given) <= set(known["authentication"])
    for trigger in triggers:
        assert all(isinstance(value, str) for value in trigger["metadata"].values()), "KEDA reads texts alone"


def secrets_of_kafka(service: str) -> set[tuple[str, str]]:
    """Where Strimzi puts a user's password and the authority of its certificates."""
    return {(service, "password"), ("beckon-cluster-ca-cert", "ca.crt")}


@pytest.mark.parametrize("overlay", WITH_OPERATORS)
def test_what_is_scaled_has_no_number_of_pods_of_its_own(overlay: str) -> None:
    for service in autoscalers(overlay):
        assert "replicas" not in named(overlay, "Deployment", service)["spec"]


@pytest.mark.parametrize("overlay", WITH_OPERATORS)
def test_a_disruption_leaves_a_pod_of_every_service_and_never_blocks_a_node(overlay: str) -> None:
    for service in SERVICES:
        budget = named(overlay, "PodDisruptionBudget", service)["spec"]
        fewest, _ = autoscalers(overlay).get(service, (named(overlay, "Deployment", service)["spec"].get("replicas", 1), 0))
        assert 1 <= budget["maxUnavailable"] < fewest
        assert budget["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
        assert budget["selector"]["matchLabels"] == {"app.kubernetes.io/name": service}


@pytest.mark.parametrize("overlay", WITH_OPERATORS)
def test_a_commit_waits_for_a_standby_and_no_pooler_stands_between(overlay: str) -> None:
    synchronous = named(overlay, "Cluster", "postgres")["spec"]["postgresql"]["synchronous"]

    assert (synchronous["dataDurability"], synchronous["number"]) == ("required", 1)
    assert [kinds(each) for each in documents(overlay) if "pool" in kinds(each)] == ["kafkanodepool", "kafkanodepool"]


def kinds(document: Document) -> str:
    """What it is, in lower case."""
    return str(document["kind"]).lower()
