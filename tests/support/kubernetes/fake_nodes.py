"""Nodes in zones that only their descriptions make: the real scheduler places pods on them, and a test plays their kubelet."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.support.kubernetes.cluster import Cluster

ZONE, HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
TAINT = {"key": "tests/fake", "value": "true", "effect": "NoSchedule"}
"""Nothing else of a test is placed where nobody runs it."""

SIZE = {"cpu": "16", "memory": "64Gi", "pods": "110"}
READY = {
    "status": {"phase": "Running", "conditions": [{"type": kind, "status": "True"} for kind in ("Ready", "ContainersReady")]}
}


@dataclass(frozen=True)
class FakeNodes:
    """The nodes' zones by name, and one namespace whose pods they are to have."""

    cluster: Cluster
    zones: dict[str, str]
    namespace: str

    def pods(self) -> list[dict[str, Any]]:
        """Those of the namespace that have a node and are not on their way out."""
        found = self.cluster.read("-n", self.namespace, "pods")["items"]
        return [pod for pod in found if "nodeName" in pod["spec"] and "deletionTimestamp" not in pod["metadata"]]

    def ready(self) -> list[dict[str, Any]]:
        """Those that are ready."""
        return [pod for pod in self.pods() if _is_ready(pod)]

    def start_pods(self) -> None:
        """What kubelets do with pods that were placed: they get ready."""
        how = ("--subresource=status", "--type=strategic", "-p", json.dumps(READY))
        for pod in self.pods():
            if not _is_ready(pod):
                self.cluster.attempt("-n", self.namespace, "patch", "pod", pod["metadata"]["name"], *how)

    def end_pods(self) -> None:
        """And with those that are asked to end: they are gone."""
        how = ("--force", "--grace-period=0", "--wait=false")
        for pod in self.cluster.read("-n", self.namespace, "pods")["items"]:
            if "deletionTimestamp" in pod["metadata"]:
                self.cluster.attempt("-n", self.namespace, "delete", "pod", pod["metadata"]["name"], *how)


def _is_ready(pod: dict[str, Any]) -> bool:
    conditions = pod["status"].get("conditions", ())
    return any((each["type"], each["status"]) == ("Ready", "True") for each in conditions)


@contextmanager
def fake_nodes(cluster: Cluster, zones: Sequence[str], of_each: int, namespace: str) -> Iterator[FakeNodes]:
    """Describe so many nodes of each zone, ready at once."""
    places = {f"fake-{zone}{number}": zone for zone in zones for number in range(of_each)}
    try:
        for name, zone in places.items():
            labels = {ZONE: zone, HOST: name, "tests/fake": "true"}
            metadata = {"name": name, "labels": labels}
            cluster.apply({"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": {"taints": [TAINT]}})
            status = {
                "capacity": SIZE,
                "allocatable": SIZE,
                "conditions": [{"type": "Ready", "status": "True", "reason": "Test"}],
            }
            cluster.kubectl("patch", "node", name, "--subresource=status", "--type=merge", "-p", json.dumps({"status": status}))
        yield FakeNodes(cluster, places, namespace)
    finally:
        cluster.attempt("delete", "namespace", namespace, "--wait=false")
        cluster.attempt("delete", "node", *places)
