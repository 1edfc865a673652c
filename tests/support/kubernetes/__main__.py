"""A cluster to look around in, until Ctrl-C."""

import signal
from contextlib import suppress

from tests.support.kubernetes.cluster import a_cluster

with suppress(KeyboardInterrupt), a_cluster() as cluster:
    print(
        f"export KUBECONFIG={cluster.kubeconfig}\nlogs: {cluster.folder}/*.log\nhost as pods see it: {cluster.addresses.host}"
    )
    signal.pause()
