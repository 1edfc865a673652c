"""Policies allow exactly the connections that the services' settings imply: neither one less nor one more."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import pytest

from shared.events.catalogue import SERVICES
from tests.contract.kubernetes.rendering import (
    RENDERED,
    Document,
    documents,
    environment,
    labels_of_pods,
    named,
    of_kind,
    selects,
    workloads,
)

OPERATORS_PODS = {
    "beckon-kafka-bootstrap": {"strimzi.io/cluster": "beckon", "strimzi.io/kind": "Kafka"},
    "postgres-rw": {"cnpg.io/cluster": "postgres"},
}
INTERNET = {"notify": {443}, "onboarding": {443}, "sources": {443}}
"""notify calls the carrier and push services; onboarding looks at pages of shops; sources polls their back offices."""
INSIDE = ("10.1.2.3", "172.20.0.1", "192.168.4.5", "100.64.0.10", "169.254.169.254", "127.0.0.1", "fd00::1", "fe80::1", "::1")
OUTSIDE = ("93.184.216.34", "2606:2800:220:1::1")


def rules_for(overlay: str, labels: dict[str, str], direction: str) -> Iterator[dict[str, Any]]:
    """The rules of every policy that selects pods with these labels."""
    for policy in of_kind(overlay, "NetworkPolicy"):
        if direction in policy["spec"]["policyTypes"] and selects(policy["spec"]["podSelector"], labels):
            yield from policy["spec"].get(direction.lower(), [])


def ports_of(rule: dict[str, Any]) -> set[int | str]:
    """The ports of a rule, a range as all of its numbers."""
    return {
        each if isinstance(each, str) else each + more
        for port in rule["ports"]
        for each in [port["port"]]
        for more in range(port.get("endPort", each) - each + 1 if isinstance(each, int) else 1)
    }


def reaches_address(overlay: str, labels: dict[str, str], address: str, *, but: str = "") -> set[int | str]:
    """The ports of this address that pods may reach."""
    found: set[int | str] = set()
    for rule in rules_for(overlay, labels, "Egress"):
        for peer in rule.get("to", []):
            block = peer.get("ipBlock")
            if block and block["cidr"] != but and covers(block, address):
                found |= ports_of(rule)
    return found


def covers(block: dict[str, Any], address: str) -> bool:
    """Whether a block of a policy has this address."""
    asked = ip_address(address)
    excepted = any(asked in ip_network(each) for each in block.get("except", []))
    return asked in ip_network(block["cidr"]) and not excepted


def reaches_pods(overlay: str, labels: dict[str, str], server: dict[str, str]) -> set[int | str]:
    """The ports of pods of this namespace that pods may reach."""
    found: set[int | str] = set()
    for rule in rules_for(overlay, labels, "Egress"):
        for peer in rule.get("to", []):
            if "podSelector" in peer and "namespaceSelector" not in peer and selects(peer["podSelector"], server):
                found |= ports_of(rule)
    return found


def address_of(overlay: str, workload: Document, what: str) -> tuple[str, int] | None:
    """Host and port of Kafka or PostgreSQL, where a pod's settings have it."""
    given = environment(overlay, workload)
    if what == "KAFKA":
        host, _, port = given.get("BECKON_KAFKA", "").partition(":")
        return (host, int(port)) if host else None
    if "BECKON_POSTGRES_FILE" not in given:
        return None
    managed = [each["metadata"]["name"] for each in documents(overlay) if each["kind"] == "Cluster"]
    return (f"{managed[0]}-rw" if managed else "postgres"), 5432


def labels_behind(overlay: str, host: str) -> dict[str, str] | None:
    """The labels of the pods that a name leads to; None for a server outside."""
    if host in OPERATORS_PODS:
        return OPERATORS_PODS[host]
    services = [each for each in of_kind(overlay, "Service") if each["metadata"]["name"] == host]
    return services[0]["spec"]["selector"] if services else None


@pytest.mark.parametrize("overlay", RENDERED)
@pytest.mark.parametrize("what", ["KAFKA", "POSTGRES"])
def test_who_has_a_server_in_its_settings_may_reach_it_and_nobody_else(overlay: str, what: str) -> None:
    ours = [each for each in workloads(overlay) if each["spec"]["template"]["spec"]["containers"][0]["name"] == "beckon"]
    known = {address for each in ours if (address := address_of(overlay, each, what))}
    [(host, port)] = known
    behind = labels_behind(overlay, host)
    assert (behind is None) == (overlay == "external")
    for workload in ours:
        labels = labels_of_pods(workload)
        expected = {port} if address_of(overlay, workload, what) else set()
        if behind is not None:
            assert reaches_pods(overlay, labels, behind) == expected, workload["metadata"]["name"]
        else:
            assert (port in reaches_address(overlay, labels, "10.1.2.3")) == bool(expected)


@pytest.mark.parametrize("overlay", ["kind", "small"])
@pytest.mark.parametrize("server", ["kafka", "postgres"])
def test_a_server_of_ours_lets_in_whoever_may_reach_it(overlay: str, server: str) -> None:
    own = labels_of_pods(named(overlay, "StatefulSet", server))
    let_in = [peer["podSelector"] for rule in rules_for(overlay, own, "Ingress") for peer in rule["from"]]

    for workload in workloads(overlay):
        labels = labels_of_pods(workload)
        assert any(selects(each, labels) for each in let_in) == bool(reaches_pods(overlay, labels, own))


@pytest.mark.parametrize("overlay", RENDERED)
def test_everything_that_no_policy_names_is_denied(overlay: str) -> None:
    denied = named(overlay, "NetworkPolicy", "default-deny")["spec"]

    assert denied == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


@pytest.mark.parametrize("overlay", RENDERED)
def test_only_who_calls_out_reaches_the_internet_and_never_what_is_inside(overlay: str) -> None:
    servers = "10.0.0.0/8" if overlay == "external" else ""
    for workload in workloads(overlay):
        labels = labels_of_pods(workload)
        expected = set(INTERNET.get(labels["app.kubernetes.io/name"], set()))
        if smtp := environment(overlay, workload).get("BECKON_SMTP_PORT"):
            expected.add(int(smtp))
        for address in OUTSIDE:
            assert reaches_address(overlay, labels, address) == expected
        for address in INSIDE:
            assert reaches_address(overlay, labels, address, but=servers) == set()


@pytest.mark.parametrize("overlay", RENDERED)
def test_everybody_may_resolve_names(overlay: str) -> None:
    for workload in workloads(overlay):
        rules = [rule for rule in rules_for(overlay, labels_of_pods(workload), "Egress") if ports_of(rule) == {53}]
        assert {port["protocol"] for rule in rules for port in rule["ports"]} == {"UDP", "TCP"}


@pytest.mark.parametrize("overlay", RENDERED)
def test_the_gateway_reaches_public_ports_and_prometheus_those_for_metrics(overlay: str) -> None:
    public = {each["metadata"]["name"] for each in of_kind(overlay, "Service")} & set(SERVICES)
    assert public == {"ingest", "notify", "onboarding"}
    for service in SERVICES:
        labels = labels_of_pods(named(overlay, "Deployment", service))
        let_in = {
            (key, port)
            for rule in rules_for(overlay, labels, "Ingress")
            for peer in rule.get("from", [])
            for key in peer["namespaceSelector"]["matchLabels"]
            for port in ports_of(rule)
        }
        expected = {("beckon-monitoring", "metrics")}
        assert let_in == expected | ({("beckon-gateway", "http")} if service in public else set())


@pytest.mark.parametrize("overlay", RENDERED)
def test_a_collector_of_traces_is_reached_by_who_has_it_in_the_settings(overlay: str) -> None:
    for workload in workloads(overlay):
        collector = environment(overlay, workload).get("OTEL_EXPORTER_OTLP_ENDPOINT")
        reached = {
            port
            for rule in rules_for(overlay, labels_of_pods(workload), "Egress")
            for peer in rule.get("to", [])
            if "beckon-collector" in peer.get("namespaceSelector", {}).get("matchLabels", {})
            for port in ports_of(rule)
        }
        assert reached == ({urlsplit(collector).port} if collector else set())
