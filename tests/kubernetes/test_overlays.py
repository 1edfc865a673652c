"""Every overlay is taken by a real API server, whose warnings count as refusals."""

import json

import pytest

from tests.support.kubernetes.cluster import Cluster
from tests.support.kubernetes.custom_resources import define
from tests.support.kubernetes.manifests import NAMESPACE, applied_folders, make_namespaces, rendered

DRY_RUN = ("apply", "--server-side", "--dry-run=server", "--warnings-as-errors", "-n", NAMESPACE, "-f", "-")


@pytest.fixture(scope="module", autouse=True)
def _operators(cluster: Cluster) -> None:
    define(cluster)


def test_there_are_overlays_for_one_node_and_a_laptop() -> None:
    assert {"overlays/kind", "overlays/small"} <= set(applied_folders())


@pytest.mark.parametrize("folder", applied_folders())
def test_a_real_server_takes_every_document_without_a_warning(cluster: Cluster, folder: str) -> None:
    documents = rendered(cluster, folder)
    make_namespaces(cluster, documents)

    done = cluster.attempt(*DRY_RUN, data=json.dumps({"apiVersion": "v1", "kind": "List", "items": documents}))

    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == len(documents) > 0
