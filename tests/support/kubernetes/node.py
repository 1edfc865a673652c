"""A real node: containerd, the kubelet, kube-proxy and one bridge for its pods."""

import json
from pathlib import Path
from typing import Any

from tests.support.kubernetes.add_ons import LOCAL_DNS
from tests.support.kubernetes.machine import Machine

NAME = "real"
PAUSE_IMAGE = "localhost/pause:tests"
PLUGINS = "/usr/lib/cni"
CONTAINERD = """\
version = 2
root = "{state}/containerd"
state = "{state}/containerd-run"
[grpc]
address = "{state}/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{pause}"
restrict_oom_score_adj = true
disable_apparmor = true
netns_mounts_under_state_dir = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{plugins}"
conf_dir = "{folder}/cni"
"""


class Node:
    """Its processes in a machine that runs."""

    def __init__(self, machine: Machine, programs: Path, kubeconfig: Path) -> None:
        self._machine = machine
        self._programs = programs
        self._kubeconfig = kubeconfig

    def start_containerd(self) -> None:
        """Containers first: images are brought in before the kubelet asks for one."""
        folder, state = self._machine.folder, self._machine.state
        (folder / "cni").mkdir()
        (folder / "cni" / "10-bridge.conf").write_text(json.dumps(self._bridge()))
        settings = {"state": state, "folder": folder, "pause": PAUSE_IMAGE, "plugins": PLUGINS}
        (folder / "containerd.toml").write_text(CONTAINERD.format(**settings))
        self._machine.spawn("containerd", ["containerd", "-c", f"{folder}/containerd.toml"])

    def start_kubelet(self) -> None:
        """It registers the node."""
        folder, state = self._machine.folder, self._machine.state
        (folder / "kubelet.json").write_text(json.dumps(self._kubelet()))
        command = [
            f"{self._programs}/kubelet", f"--kubeconfig={self._kubeconfig}", f"--config={folder}/kubelet.json",
            f"--root-dir={state}/kubelet", f"--cert-dir={state}/kubelet-certificates", f"--hostname-override={NAME}",
            f"--node-ip={self._machine.addresses.node}",
        ]  # fmt: skip
        self._machine.spawn("kubelet", command)
        proxy = [f"{self._programs}/kube-proxy", f"--config={folder}/proxy.json", f"--hostname-override={NAME}"]
        (folder / "proxy.json").write_text(json.dumps(self._proxy()))
        self._machine.spawn("proxy", proxy)

    def import_image(self, archive: Path) -> None:
        """Bring in what ``podman save`` or ``tiny_image`` wrote."""
        self._machine.run(*self._ctr(f"{archive}"))

    def importing(self, archive: str) -> list[str]:
        """The command by which the host brings in an archive."""
        return [*self._machine.within(), *self._ctr(archive)]

    def _ctr(self, archive: str) -> list[str]:
        return ["ctr", "-a", f"{self._machine.state}/containerd.sock", "-n", "k8s.io", "images", "import", archive]

    def make_folder(self, name: str) -> Path:
        """A folder that only the node sees."""
        folder = self._machine.state / name
        self._machine.run("mkdir", f"{folder}")
        return folder

    def answers(self) -> bool:
        """containerd takes calls."""
        return (Path(f"/proc/{self._machine.pid}/root{self._machine.state}") / "containerd.sock").exists()

    def _bridge(self) -> dict[str, Any]:
        ipam = {"type": "host-local", "subnet": self._machine.addresses.pods, "routes": [{"dst": "0.0.0.0/0"}]}
        plugin = {"type": "bridge", "bridge": "pods", "isGateway": True, "ipMasq": False, "hairpinMode": True}
        return {"cniVersion": "0.4.0", "name": "pods", **plugin, "ipam": {**ipam, "dataDir": f"{self._machine.state}/ipam"}}

    def _kubelet(self) -> dict[str, Any]:
        state = self._machine.state
        return {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "address": self._machine.addresses.node,
            "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
            "authorization": {"mode": "AlwaysAllow"},
            "containerRuntimeEndpoint": f"unix://{state}/containerd.sock",
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": f"/{self._machine.cgroup}",
            "cgroupsPerQOS": True,
            "enforceNodeAllocatable": [],
            "failCgroupV1": False,
            "failSwapOn": False,
            "localStorageCapacityIsolation": False,
            "podLogsDir": f"{state}/pod-logs",
            "volumePluginDir": f"{state}/volume-plugins",
            "resolvConf": "",
            "clusterDNS": [LOCAL_DNS],
            "clusterDomain": "cluster.local",
            "evictionHard": {"memory.available": "1Mi"},
            "imageGCHighThresholdPercent": 100,
        }

    def _proxy(self) -> dict[str, Any]:
        return {
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
            "mode": "iptables",
            "clientConnection": {"kubeconfig": f"{self._kubeconfig}"},
            "conntrack": {"maxPerCore": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
            "iptables": {"minSyncPeriod": "100ms"},
        }
