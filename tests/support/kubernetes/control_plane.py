"""etcd, the API server, the controllers and the scheduler, each a process in the machine."""

import json
import subprocess
from pathlib import Path

from tests.support.kubernetes.machine import Machine

TOKEN = "t0ken"
API_PORT = 6443
FAKE_NODES_STAY_READY = "1h"
"""Nobody renews the lease of a node that a test only describes."""


class ControlPlane:
    """Commands and files of a control plane in a machine that runs."""

    def __init__(self, machine: Machine, programs: Path, etcd: Path) -> None:
        self._machine = machine
        self._programs = programs
        self._etcd = etcd
        self.kubeconfig = machine.folder / "kubeconfig"

    @property
    def server(self) -> str:
        """Its address, on both sides of the link."""
        return f"https://{self._machine.addresses.node}:{API_PORT}"

    def start_server(self) -> None:
        """etcd and the API server, which answers some seconds later."""
        self._write_files()
        self._machine.spawn("etcd", self._etcd_command())
        self._machine.spawn("apiserver", self._api_server_command())

    def start_controllers(self) -> None:
        """The rest, once the server answers: the controllers give up on one that does not within ten seconds."""
        self._machine.spawn("controllers", self._controllers_command())
        self._machine.spawn("scheduler", self._scheduler_command())

    def _write_files(self) -> None:
        folder = self._machine.folder
        subprocess.run(["openssl", "genrsa", "-out", f"{folder}/sa.key", "2048"], check=True, capture_output=True, timeout=60)
        (folder / "tokens.csv").write_text(f'{TOKEN},admin,admin,"system:masters"\n')
        cluster = {"server": self.server, "insecure-skip-tls-verify": True}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "tests", "cluster": cluster}],
            "users": [{"name": "admin", "user": {"token": TOKEN}}],
            "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "admin"}}],
            "current-context": "tests",
        }
        self.kubeconfig.write_text(json.dumps(config))

    def _etcd_command(self) -> list[str]:
        here = "http://127.0.0.1:2379"
        return [
            f"{self._etcd}", f"--data-dir={self._machine.state}/etcd", "--unsafe-no-fsync", "--log-level=warn",
            f"--listen-client-urls={here}", f"--advertise-client-urls={here}", "--listen-peer-urls=http://127.0.0.1:2380",
        ]  # fmt: skip

    def _api_server_command(self) -> list[str]:
        folder, addresses = self._machine.folder, self._machine.addresses
        return [
            f"{self._programs}/kube-apiserver", "--etcd-servers=http://127.0.0.1:2379", f"--secure-port={API_PORT}",
            f"--bind-address={addresses.node}", f"--advertise-address={addresses.node}",
            f"--cert-dir={self._machine.state}/apiserver", f"--service-cluster-ip-range={addresses.services}",
            "--service-account-issuer=https://kubernetes.default.svc", f"--service-account-key-file={folder}/sa.key",
            f"--service-account-signing-key-file={folder}/sa.key", f"--token-auth-file={folder}/tokens.csv",
            "--authorization-mode=RBAC", "--allow-privileged=false", "--kubelet-preferred-address-types=InternalIP",
        ]  # fmt: skip

    def _controllers_command(self) -> list[str]:
        return [
            f"{self._programs}/kube-controller-manager", f"--kubeconfig={self.kubeconfig}",
            f"--service-account-private-key-file={self._machine.folder}/sa.key", "--leader-elect=false",
            "--controllers=*,-service-lb-controller,-node-route-controller", f"--cert-dir={self._machine.state}/controllers",
            f"--node-monitor-grace-period={FAKE_NODES_STAY_READY}", "--bind-address=127.0.0.1",
        ]  # fmt: skip

    def _scheduler_command(self) -> list[str]:
        return [
            f"{self._programs}/kube-scheduler", f"--kubeconfig={self.kubeconfig}", "--leader-elect=false",
            f"--cert-dir={self._machine.state}/scheduler", "--bind-address=127.0.0.1",
        ]  # fmt: skip
