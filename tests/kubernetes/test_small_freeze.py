"""Overlay small with a process that freezes: the kubelet replaces it, and what came meanwhile is applied."""

from collections.abc import Callable

from tests.support.kubernetes.pods import Pods
from tests.support.stories.story import report_order
from tests.support.waiting import wait_for

FROZEN_SECONDS = 90.0
"""15 s of failed probes, 10 s until the kill, and a start; a busy machine is granted the triple."""


def test_a_frozen_process_is_replaced_and_what_came_meanwhile_is_applied(
    pods: Pods, known_orders: Callable[[], int], secret_key: str
) -> None:
    before = known_orders()
    (pod,) = pods.pods_of("orders")
    restarts = restarts_of(pods, "orders")

    pods.freeze(pod)
    report_order(pods, secret_key, order_id="while-frozen", status="placed", email="frozen@mail.example")

    assert wait_for("a restart by the kubelet", lambda: restarts_of(pods, "orders") == restarts + 1, FROZEN_SECONDS)
    assert wait_for("the order that came meanwhile", lambda: known_orders() == before + 1, FROZEN_SECONDS)
    assert pods.pods_of("orders")[0]["metadata"]["name"] == pod["metadata"]["name"], "it was no new pod"


def restarts_of(pods: Pods, service: str) -> int:
    """How often the kubelet has started its containers anew."""
    return sum(each["restartCount"] for pod in pods.pods_of(service) for each in pod["status"]["containerStatuses"])
