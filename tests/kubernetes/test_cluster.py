"""The cluster itself: a pod runs in a restricted namespace, within its limits, behind a Service, and nothing outlives it."""

import re

import httpx

from tests.support.kubernetes.cluster import Cluster
from tests.support.kubernetes.documents import a_namespace, a_service, a_small_pod
from tests.support.waiting import wait_for

SERVES = ["sh", "-c", "cat /proc/self/status /proc/self/cgroup > /tmp/status; exec /busybox httpd -f -p 8080 -h /tmp"]


def test_a_pod_of_a_restricted_namespace_serves_through_its_service(cluster: Cluster) -> None:
    cluster.apply(a_namespace("first"), a_small_pod("first", "web", SERVES, 8080), a_service("first", "web", 8080))

    cluster.kubectl("wait", "-n", "first", "--for=condition=Ready", "pod/web", "--timeout=60s")
    address = cluster.read("-n", "first", "service", "web")["spec"]["clusterIP"]
    text = _get(address, "/status")
    status = dict(line.split(":", 1) for line in text.splitlines())

    assert status["Uid"].split() == ["10001"] * 4
    assert int(status["CapEff"], 16) == 0
    assert (status["NoNewPrivs"].strip(), status["Seccomp"].strip()) == ("1", "2")
    assert re.search(rf"memory.*/{cluster.addresses.link}/", text), "it is in the group that limits its memory"


def test_a_pod_is_ended_when_it_takes_more_memory_than_its_limit(cluster: Cluster) -> None:
    greedy = ["sh", "-c", "x=1; while true; do x=$x$x$x$x; done"]
    cluster.apply(a_namespace("second"), a_small_pod("second", "greedy", greedy, 8080))

    assert wait_for("an end of its container", lambda: _why_ended(cluster, "second", "greedy"), 60) == "OOMKilled"


def test_a_pod_that_wants_to_be_root_is_refused(cluster: Cluster) -> None:
    pod = a_small_pod("third", "root", SERVES, 8080)
    pod["spec"]["securityContext"]["runAsNonRoot"] = False
    cluster.apply(a_namespace("third"))

    refused = cluster.refusal(pod)

    assert 'violates PodSecurity "restricted:latest"' in refused
    assert "runAsNonRoot != true" in refused


def _why_ended(cluster: Cluster, namespace: str, pod: str) -> str | None:
    """The reason of the last end of a pod's container; None while it has not ended."""
    for status in cluster.read("-n", namespace, "pod", pod)["status"].get("containerStatuses", ()):
        for state in (status["lastState"], status["state"]):
            if "terminated" in state:
                return str(state["terminated"]["reason"])
    return None


def _get(address: str, path: str) -> str:
    """By the address of a Service, which kube-proxy passes on once the pod is ready."""

    def answer() -> str | None:
        try:
            found = httpx.get(f"http://{address}{path}", timeout=5, trust_env=False)
        except httpx.TransportError:
            return None
        return found.text if found.is_success else None

    return wait_for(f"an answer of {address}{path}", answer)
