"""A real Kubernetes of one node, started in seconds and gone without a trace."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.support.debian import unpacked
from tests.support.kubernetes.add_ons import start_names, start_policies
from tests.support.kubernetes.binaries import KUBERNETES, programs
from tests.support.kubernetes.control_plane import ControlPlane
from tests.support.kubernetes.images import Content, write_image
from tests.support.kubernetes.machine import Addresses, Machine
from tests.support.kubernetes.node import NAME, PAUSE_IMAGE, Node
from tests.support.waiting import wait_for

START_SECONDS = 120.0
BUSYBOX = "localhost/busybox:tests"


class Cluster:
    """One that runs."""

    def __init__(self, machine: Machine, plane: ControlPlane, node: Node) -> None:
        self._machine = machine
        self._plane = plane
        self.node = node

    @property
    def folder(self) -> Path:
        """Where each process has its log."""
        return self._machine.folder

    @property
    def kubeconfig(self) -> Path:
        """The administrator's."""
        return self._plane.kubeconfig

    @property
    def addresses(self) -> Addresses:
        """Who has which, on both sides."""
        return self._machine.addresses

    def attempt(self, *arguments: str, data: str = "") -> "subprocess.CompletedProcess[str]":
        """``kubectl`` to its end, whatever comes of it."""
        environment = {**os.environ, "KUBECONFIG": f"{self.kubeconfig}", "NO_PROXY": "*", "HOME": f"{self.folder}"}
        return subprocess.run(
            ["kubectl", *arguments], env=environment, input=data, capture_output=True, text=True, timeout=180, check=False
        )

    def kubectl(self, *arguments: str, data: str = "") -> str:
        """What ``kubectl`` prints; its error is raised."""
        done = self.attempt(*arguments, data=data)
        assert done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stderr.strip()[-2000:]}"
        return done.stdout

    def read(self, *arguments: str) -> Any:
        """``kubectl get`` of these arguments, parsed."""
        return json.loads(self.kubectl("get", "-o", "json", *arguments))

    def apply(self, *documents: dict[str, Any]) -> None:
        """Server-side, all in one call."""
        items = {"apiVersion": "v1", "kind": "List", "items": list(documents)}
        self.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", data=json.dumps(items))

    def sent(self, document: dict[str, Any], *flags: str) -> "subprocess.CompletedProcess[str]":
        """What the server answers to a document, which it checks and does not keep."""
        return self.attempt("apply", "--server-side", "--dry-run=server", *flags, "-f", "-", data=json.dumps(document))

    def refusal(self, document: dict[str, Any], *flags: str) -> str:
        """What the server says against a document, which must not pass."""
        done = self.sent(document, *flags)
        assert done.returncode != 0, f"it was admitted: {done.stdout}"
        return done.stderr

    def start(self) -> float:
        """Start everything and wait for a node that is ready. Returns the seconds that it took."""
        began = time.monotonic()
        self._plane.start_server()
        self.node.start_containerd()
        self._wait("an answer of the API server", self._answers)
        self._plane.start_controllers()
        self._wait("an answer of containerd", self.node.answers)
        self._import_own_images()
        start_names(self._machine, f"{self.kubeconfig}")
        self.node.start_kubelet()
        self._wait("a node that is ready", self._has_ready_node)
        start_policies(self._machine, f"{self.kubeconfig}", NAME)
        self._wait("a service account", lambda: self.attempt("get", "serviceaccount", "default").returncode == 0)
        return time.monotonic() - began

    def _wait(self, what: str, check: Any) -> None:
        def checked() -> bool:
            self._machine.check_alive()
            return bool(check())

        wait_for(what, checked, START_SECONDS)

    def _answers(self) -> bool:
        return self.attempt("get", "--raw", "/readyz").returncode == 0

    def _has_ready_node(self) -> bool:
        done = self.attempt("get", "node", NAME, "-o", "json")
        if done.returncode != 0:
            return False
        node = json.loads(done.stdout)
        ready = {entry["type"]: entry["status"] for entry in node["status"].get("conditions", ())}
        return ready.get("Ready") == "True" and not node["spec"].get("taints")

    def _import_own_images(self) -> None:
        pause = unpacked("catatonit", "usr/bin/catatonit", print)
        busybox = unpacked("busybox-static", "bin/busybox", print)
        for name, program, command in ((PAUSE_IMAGE, pause, ["/catatonit", "-P"]), (BUSYBOX, busybox, ["/busybox"])):
            self.make_image(name, Content({f"/{program.name}": program}, command))

    def make_image(self, name: str, content: Content) -> None:
        """Put an image together, and bring it onto the node."""
        archive = self.folder / "image.tar"
        write_image(archive, name, content)
        self.node.import_image(archive)
        archive.unlink()


@contextmanager
def a_cluster() -> Iterator[Cluster]:
    """Start one in a scratch folder; nothing of it is left afterwards."""
    binaries, etcd = programs(KUBERNETES, print), unpacked("etcd-server", "usr/bin/etcd", print)
    with TemporaryDirectory(prefix="beckon-kubernetes-") as scratch:
        machine = Machine(Path(scratch))
        try:
            machine.start()
            plane = ControlPlane(machine, binaries, etcd)
            cluster = Cluster(machine, plane, Node(machine, binaries, plane.kubeconfig))
            print(f"a Kubernetes of one node, ready after {cluster.start():.0f} s")
            yield cluster
        finally:
            machine.stop()
