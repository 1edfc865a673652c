"""What ``kubectl kustomize`` makes of the folders of deploy/kubernetes, each rendered once."""

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[3] / "deploy" / "kubernetes"
HERE = Path(__file__).parent
FOLDERS = {name: FOLDER / "overlays" / name for name in ("kind", "small", "production")} | {
    "external": HERE / "external",
    "everything": HERE / "everything",
}
RENDERED = tuple(FOLDERS)
FOLDERS["monitoring"] = FOLDER / "monitoring"

Document = dict[str, Any]


@cache
def documents(overlay: str) -> tuple[Document, ...]:
    """The documents of one overlay."""
    done = subprocess.run(["kubectl", "kustomize", str(FOLDERS[overlay])], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"kubectl 1.27 or newer renders {overlay}: {done.stderr}"
    assert "deprecated" not in done.stderr, done.stderr
    return tuple(yaml.safe_load_all(done.stdout))


def of_kind(overlay: str, kind: str) -> list[Document]:
    """The documents of one kind."""
    return [document for document in documents(overlay) if document["kind"] == kind]


def named(overlay: str, kind: str, name: str) -> Document:
    """The one document of this kind and name."""
    [found] = [each for each in of_kind(overlay, kind) if each["metadata"]["name"] == name]
    return found


def workloads(overlay: str) -> list[Document]:
    """Everything that makes pods."""
    return [document for document in documents(overlay) if document["kind"] in ("Deployment", "StatefulSet", "Job")]


def containers(workload: Document) -> Iterator[Document]:
    """Every container of a workload's pods."""
    spec = workload["spec"]["template"]["spec"]
    yield from spec.get("initContainers", [])
    yield from spec["containers"]


def labels_of_pods(workload: Document) -> dict[str, str]:
    """The labels that selectors see."""
    labels: dict[str, str] = workload["spec"]["template"]["metadata"]["labels"]
    return labels


def selects(selector: Document, labels: dict[str, str]) -> bool:
    """Whether a label selector selects what bears these labels."""
    expressions = selector.get("matchExpressions", [])
    assert all(each["operator"] == "In" for each in expressions), "only In is used"
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items()) and all(
        labels.get(each["key"]) in each["values"] for each in expressions
    )


def environment(overlay: str, workload: Document) -> dict[str, str]:
    """The variables of a workload's last container: its own, and those of the ConfigMaps that it names."""
    container = list(containers(workload))[-1]
    found: dict[str, str] = {}
    for source in container.get("envFrom", []):
        found |= named(overlay, "ConfigMap", source["configMapRef"]["name"])["data"]
    return found | {each["name"]: each["value"] for each in container.get("env", [])}
