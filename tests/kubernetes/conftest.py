"""One cluster for all tests here: it starts in seconds, and each test has a namespace of its own."""

from collections.abc import Iterator

import pytest

from tests.support.kubernetes.cluster import Cluster, a_cluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A Kubernetes of one real node."""
    with a_cluster() as started:
        yield started
