"""The folders of deploy/kubernetes that an operator applies."""

from pathlib import Path
from typing import Any

import yaml

from tests.support.kubernetes.cluster import Cluster
from tests.support.kubernetes.documents import a_namespace

FOLDER = Path(__file__).parents[3] / "deploy" / "kubernetes"
NAMESPACE = "beckon"


def applied_folders() -> list[str]:
    """Every overlay, and what is applied beside one; components and the base are applied by way of them."""
    found = [path.parent.relative_to(FOLDER) for path in FOLDER.rglob("kustomization.yaml") if _is_applied(path)]
    return sorted(str(path) for path in found if path.parts[0] not in ("base", "components"))


def _is_applied(kustomization: Path) -> bool:
    return bool(yaml.safe_load(kustomization.read_text())["kind"] == "Kustomization")


def rendered(cluster: Cluster, folder: str) -> list[dict[str, Any]]:
    """What ``kubectl kustomize`` makes of one."""
    return list(yaml.safe_load_all(cluster.kubectl("kustomize", f"{FOLDER / folder}")))


def make_namespaces(cluster: Cluster, documents: list[dict[str, Any]]) -> None:
    """The namespaces that documents name, and Beckon's, each with pod security "restricted"."""
    names = {each["metadata"].get("namespace", NAMESPACE) for each in documents}
    cluster.apply(*(a_namespace(name) for name in sorted(names)))
