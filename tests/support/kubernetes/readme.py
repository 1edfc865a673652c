"""deploy/kubernetes/README.md as an operator uses it: its commands, run as they stand there, on the node of a test."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deploy.local.folders import CHECKOUT
from tests.support.kubernetes.cluster import Cluster
from tests.support.kubernetes.manifests import FOLDER
from tests.support.kubernetes.node import NAME

PAGE = FOLDER / "README.md"
IMPORTS = """\
#!/bin/sh
# The one command of the page that belongs to a kind of node, k3s: this node's own way takes its place.
[ "$*" = "k3s ctr images import -" ] || {{ echo "not a command of the page: sudo $*" >&2; exit 127; }}
exec {command}
"""


def commands(heading: str) -> list[str]:
    """The blocks of commands below a heading of the page."""
    section = PAGE.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    found = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    assert found, f"the page has no commands below {heading}"
    return found


class Terminal:
    """A shell in the checkout, with ``kubectl`` for this cluster."""

    def __init__(self, cluster: Cluster) -> None:
        tools = cluster.folder / "operators-tools"
        tools.mkdir()
        (tools / "sudo").write_text(IMPORTS.format(command=" ".join(cluster.node.importing("-"))))
        (tools / "sudo").chmod(0o755)
        outer = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
        self._environment = {
            **outer,
            "KUBECONFIG": f"{cluster.kubeconfig}",
            "PATH": f"{tools}:{outer['PATH']}",
            "NO_PROXY": "*",
        }

    def run(self, block: str) -> str:
        """Run a block to its end; the first command that fails ends it. Returns what it printed."""
        shell = ["bash", "-euo", "pipefail", "-c", block]
        done = subprocess.run(
            shell, cwd=CHECKOUT, env=self._environment, capture_output=True, text=True, timeout=900, check=False
        )
        assert done.returncode == 0, f"{block}\n{done.stdout[-1000:]}\n{done.stderr[-2000:]}"
        return done.stdout

    @contextmanager
    def keeps_running(self, command: str) -> Iterator[None]:
        """Run a command that only ends when it is stopped."""
        with subprocess.Popen(["bash", "-c", f"exec {command}"], cwd=CHECKOUT, env=self._environment) as running:
            try:
                yield
            finally:
                running.terminate()


def a_volume(name: str, folder: Path) -> dict[str, Any]:
    """What a default StorageClass makes for a claim: a volume of the node, as large as overlay small asks for."""
    here = {"key": "kubernetes.io/hostname", "operator": "In", "values": [NAME]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name},
        "spec": {
            "capacity": {"storage": "20Gi"},
            "accessModes": ["ReadWriteOnce"],
            "local": {"path": f"{folder}"},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
        },
    }
