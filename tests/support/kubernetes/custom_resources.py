"""The operators' own kinds, as their projects define them: what a cluster knows once Strimzi and the others are installed."""

import gzip
import json
from pathlib import Path
from typing import Any

from tests.support.kubernetes.cluster import Cluster

FOLDER = Path(__file__).parent / "crds"


def definitions() -> list[dict[str, Any]]:
    """One document for each kind."""
    return [json.loads(gzip.decompress(path.read_bytes())) for path in sorted(FOLDER.glob("*.json.gz"))]


def define(cluster: Cluster) -> None:
    """Teach them to a cluster and wait until it serves each."""
    found = definitions()
    cluster.apply(*found)
    names = [f"crd/{each['metadata']['name']}" for each in found]
    cluster.kubectl("wait", "--for=condition=Established", "--timeout=60s", *names)
