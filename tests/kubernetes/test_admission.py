"""Our own manifests with one fault each: a real API server refuses every one, for that fault and no other."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from tests.support.kubernetes.cluster import Cluster
from tests.support.kubernetes.custom_resources import define
from tests.support.kubernetes.documents import a_namespace
from tests.support.kubernetes.manifests import FOLDER, NAMESPACE, rendered
from tests.support.waiting import wait_for

Document = dict[str, Any]
WARNINGS_COUNT = ("--warnings-as-errors", "-n", NAMESPACE)


@dataclass(frozen=True)
class Fault:
    """What is done to a document, and what the server says against it."""

    name: str
    edit: Callable[[Document], object]
    refusal: str


def container(pod: Document) -> Document:
    """The first of a pod, or of the pods that a workload makes."""
    spec = pod["spec"].get("template", pod)["spec"]
    first: Document = spec["containers"][0]
    return first


OF_A_POD = (
    Fault(
        "a pod that may run as root",
        lambda pod: pod["spec"]["securityContext"].update(runAsNonRoot=False),
        "runAsNonRoot != true",
    ),
    Fault("a pod of root", lambda pod: pod["spec"]["securityContext"].update(runAsUser=0), "runAsUser=0"),
    Fault(
        "a pod with every system call",
        lambda pod: pod["spec"]["securityContext"].pop("seccompProfile"),
        'seccompProfile (pod or container "beckon" must set',
    ),
    Fault(
        "a container that keeps its capabilities",
        lambda pod: container(pod)["securityContext"].pop("capabilities"),
        'unrestricted capabilities (container "beckon" must set',
    ),
    Fault(
        "a container that may gain privileges",
        lambda pod: container(pod)["securityContext"].update(allowPrivilegeEscalation=True),
        "allowPrivilegeEscalation != false",
    ),
    Fault(
        "a pod in the host's network", lambda pod: pod["spec"].update(hostNetwork=True), "host namespaces (hostNetwork=true)"
    ),
    Fault(
        "a pod with a folder of the host",
        lambda pod: pod["spec"]["volumes"].append({"name": "host", "hostPath": {"path": "/"}}),
        'restricted volume type "hostPath"',
    ),
    Fault(
        "a privileged container",
        lambda pod: container(pod)["securityContext"].update(privileged=True),
        "securityContext.privileged",
    ),
)
OF_A_DEPLOYMENT = (
    Fault(
        "a probe's field with a letter less",
        lambda each: container(each)["startupProbe"].update(failureThresold=3),
        "startupProbe.failureThresold: field not declared in schema",
    ),
    Fault(
        "a selector that misses its pods",
        lambda each: each["spec"]["selector"]["matchLabels"].update({"app.kubernetes.io/name": "another"}),
        "`selector` does not match template `labels`",
    ),
    Fault(
        "a request above its limit",
        lambda each: container(each)["resources"]["requests"].update(memory="1Gi"),
        "must be less than or equal to memory limit",
    ),
    Fault(
        "a workload whose pods would be refused, which is a warning",
        lambda each: each["spec"]["template"]["spec"]["securityContext"].pop("seccompProfile"),
        'would violate PodSecurity "restricted:latest"',
    ),
    Fault(
        "a volume that is mounted and not there",
        lambda each: each["spec"]["template"]["spec"].pop("volumes"),
        'volumeMounts[0].name: Not found: "secrets"',
    ),
)
OF_OTHERS = {
    ("PodDisruptionBudget", "orders"): Fault(
        "a budget with both bounds",
        lambda each: each["spec"].update(minAvailable=1),
        "minAvailable and maxUnavailable cannot be both set",
    ),
    ("NetworkPolicy", "dns"): Fault(
        "a policy for an address that is none",
        lambda each: each["spec"]["egress"][0]["to"][1]["ipBlock"].update(cidr="169.254.20.10/33"),
        "must be a valid CIDR",
    ),
    ("Job", "migrate-orders-0-1-0"): Fault(
        "a job that never ends",
        lambda each: each["spec"]["template"]["spec"].update(restartPolicy="Always"),
        "restartPolicy: Required value",
    ),
}
OF_A_TOPIC = (
    Fault(
        "a topic's field with a letter less",
        lambda topic: topic["spec"].update(partitons=3),
        ".spec.partitons: field not declared in schema",
    ),
    Fault(
        "a topic of an API that Strimzi no longer has",
        lambda topic: topic.update(apiVersion="kafka.strimzi.io/v1beta2"),
        'no matches for kind "KafkaTopic" in version "kafka.strimzi.io/v1beta2"',
    ),
)


@pytest.fixture(scope="module")
def small(cluster: Cluster) -> dict[tuple[str, str], Document]:
    """The documents of overlay small, by kind and name, in a cluster that has their namespace."""
    define(cluster)
    cluster.apply(a_namespace(NAMESPACE))
    return {(each["kind"], each["metadata"]["name"]): each for each in rendered(cluster, "overlays/small")}


@pytest.fixture
def named_by_tag(cluster: Cluster, small: dict[tuple[str, str], Document]) -> Iterator[Document]:
    """A pod whose image was loaded into the node, while the policy is there; without it the pod is taken again."""
    pod = as_pod(small["Deployment", "orders"])
    pod["spec"].pop("serviceAccountName")
    cluster.kubectl("apply", "--server-side", "-k", f"{FOLDER}/platform/image-digests")
    yield pod
    cluster.kubectl("delete", "-k", f"{FOLDER}/platform/image-digests")
    wait_for("an end of the policy", lambda: cluster.sent(pod, *WARNINGS_COUNT).returncode == 0)


def test_an_image_without_a_digest_is_refused_where_the_policy_is(cluster: Cluster, named_by_tag: Document) -> None:
    named_by_digest = deepcopy(named_by_tag)
    container(named_by_digest)["image"] = f"registry.example/beckon-orders@sha256:{'0' * 64}"

    refused = wait_for("a policy at work", lambda: cluster.sent(named_by_tag, *WARNINGS_COUNT).stderr)

    assert f"no digest: {container(named_by_tag)['image']}" in refused
    assert cluster.sent(named_by_digest, *WARNINGS_COUNT).stderr == ""


def as_pod(deployment: Document) -> Document:
    """One pod as a Deployment makes it: pods are refused where workloads are warned of."""
    template = deepcopy(deployment["spec"]["template"])
    return {"apiVersion": "v1", "kind": "Pod", **template, "metadata": {**template["metadata"], "name": "orders"}}


def assert_refused(cluster: Cluster, sound: Document, fault: Fault) -> None:
    """The document passes as it is, and with its fault it does not."""
    broken = deepcopy(sound)
    fault.edit(broken)

    assert cluster.sent(sound, *WARNINGS_COUNT).stderr == ""
    assert fault.refusal in cluster.refusal(broken, *WARNINGS_COUNT)


@pytest.mark.parametrize("fault", OF_A_POD, ids=lambda fault: fault.name)
def test_an_unsafe_pod_is_refused(cluster: Cluster, small: dict[tuple[str, str], Document], fault: Fault) -> None:
    pod = as_pod(small["Deployment", "orders"])
    pod["spec"].pop("serviceAccountName")  # the account is applied with the whole alone

    assert_refused(cluster, pod, fault)


@pytest.mark.parametrize("fault", OF_A_DEPLOYMENT, ids=lambda fault: fault.name)
def test_a_wrong_workload_is_refused(cluster: Cluster, small: dict[tuple[str, str], Document], fault: Fault) -> None:
    assert_refused(cluster, small["Deployment", "orders"], fault)


@pytest.mark.parametrize("what", OF_OTHERS, ids=lambda what: OF_OTHERS[what].name)
def test_a_wrong_document_beside_the_workloads_is_refused(
    cluster: Cluster, small: dict[tuple[str, str], Document], what: tuple[str, str]
) -> None:
    assert_refused(cluster, small[what], OF_OTHERS[what])


@pytest.mark.parametrize("fault", OF_A_TOPIC, ids=lambda fault: fault.name)
@pytest.mark.usefixtures("small")
def test_a_wrong_topic_is_refused(cluster: Cluster, fault: Fault) -> None:
    topic = next(yaml.safe_load_all((FOLDER / "platform" / "kafka" / "topics.yaml").read_text()))

    assert_refused(cluster, topic, fault)
