"""Overlay small as a test applies it: as it stands, but for servers and a carrier that are outside of the cluster.

No image of Kafka or PostgreSQL comes without a registry, so their pods are left out and their names lead to the host's end of
the link. The demo's profile and addresses take the place of the example's.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.image.contents import IMAGES
from deploy.image.podman import name_of
from shared.runtime.build import VERSION
from tests.support.kubernetes.manifests import FOLDER, NAMESPACE
from tests.support.kubernetes.outside import KAFKA_PORT, POSTGRES_PORT, Outside

Patch = dict[str, Any]
CARRIER = "carrier.localhost"
WITH_PODS = ("Deployment", "Job")


@dataclass(frozen=True)
class Release:
    """Manifests of one, and the tag of the images that were built of it."""

    manifests: Path
    tag: str


THIS_RELEASE = Release(FOLDER, VERSION)


def write_overlay(
    folder: Path, release: Release, outside: Outside, addresses: dict[str, str], settings: dict[str, str]
) -> Path:
    """Write a kustomization on top of overlay small; ``addresses`` are those of the Services. Returns its folder."""
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": NAMESPACE,
        "resources": [os.path.relpath(release.manifests / "overlays" / "small", folder), "outside.json"],
        "images": [{"name": name_of(image).partition(":")[0], "newTag": release.tag} for image in IMAGES],
        "configMapGenerator": [
            {"name": "beckon-settings", "behavior": "merge", "literals": [f"{key}={value}" for key, value in settings.items()]}
        ],
        "patches": [
            *(_removed("StatefulSet", name) for name in ("kafka", "postgres")),
            *(_with_hosts(kind, outside.host) for kind in WITH_PODS),
            *(_with_address(name, address) for name, address in addresses.items()),
        ],
    }
    folder.mkdir()
    (folder / "outside.json").write_text(json.dumps(_outside_is_reached(outside)))
    (folder / "kustomization.yaml").write_text(json.dumps(kustomization))
    return folder


def _outside_is_reached(outside: Outside) -> Patch:
    """As overlay kind opens its ports, and as an overlay of one's own opens what leads to servers elsewhere."""
    host = {"ipBlock": {"cidr": f"{outside.host}/32"}}
    ports = [{"port": port} for port in (KAFKA_PORT, POSTGRES_PORT, outside.ports.of("demo"))]
    spec = {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": [host], "ports": [{"port": "http"}]}],
        "egress": [{"to": [host], "ports": ports}],
    }
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "outside"}, "spec": spec}


def _removed(kind: str, name: str) -> Patch:
    document = {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "$patch": "delete"}
    return {"patch": json.dumps(document)}


def _with_hosts(kind: str, host: str) -> Patch:
    aliases = [{"ip": host, "hostnames": ["kafka", "postgres", CARRIER]}]
    operation = {"op": "add", "path": "/spec/template/spec/hostAliases", "value": aliases}
    return {"target": {"kind": kind}, "patch": json.dumps([operation])}


def _with_address(name: str, address: str) -> Patch:
    operation = {"op": "add", "path": "/spec/clusterIP", "value": address}
    return {"target": {"kind": "Service", "name": name}, "patch": json.dumps([operation])}
