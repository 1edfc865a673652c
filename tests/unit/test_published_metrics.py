"""What happened to carts and messages is counted by the events that left the outbox."""

import json
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from services.notify.metrics import NotifyMetrics
from services.orders.metrics import OrdersMetrics
from shared.runtime.metrics import RuntimeMetrics

EXAMPLES = Path(__file__).parents[1] / "contract" / "examples"


def an_event(name: str, **changes: object) -> bytes:
    """An example of what is on a topic, as its record's value."""
    (event, *_) = json.loads((EXAMPLES / f"{name}.v1.json").read_text())
    return json.dumps(event | changes).encode()


def counted(registry: CollectorRegistry) -> dict[str, float]:
    """The counters that are above zero, by name and labels."""
    samples = [sample for metric in registry.collect() for sample in metric.samples]
    return {f"{each.name}{[*each.labels.values()]}": each.value for each in samples if each.value and "_total" in each.name}


@pytest.mark.parametrize(
    ("name", "changes", "channel_and_outcome"),
    [
        ("message.accepted", {}, "['sms', 'accepted']"),
        ("message.delivered", {"channel": "push"}, "['push', 'delivered']"),
        ("message.failed", {"final": True}, "['sms', 'failed']"),
        ("message.failed", {"final": False}, "['sms', 'not_sent']"),
        ("message.unresolved", {"given_up": False}, "['sms', 'unresolved']"),
        ("message.unresolved", {"given_up": True}, "['sms', 'given_up']"),
    ],
)
def test_a_message_is_counted_by_its_channel_and_what_became_of_it(
    name: str, changes: dict[str, object], channel_and_outcome: str
) -> None:
    registry = CollectorRegistry()

    NotifyMetrics(registry).count_published(name, an_event(name, **changes))

    assert counted(registry) == {f"beckon_notify_messages_total{channel_and_outcome}": 1}


@pytest.mark.parametrize(
    ("name", "changes", "series"),
    [
        ("cart.abandoned", {}, "beckon_orders_carts_abandoned_total[]"),
        ("cart.closed", {"outcome": "bought"}, "beckon_orders_carts_closed_total['bought']"),
        ("cart.closed", {"outcome": "of a release to come"}, "beckon_orders_carts_closed_total['other']"),
        ("order.reconciled", {"credit": "influenced"}, "beckon_orders_credits_total['influenced']"),
    ],
)
def test_a_cart_and_an_order_are_counted_by_how_they_ended(name: str, changes: dict[str, object], series: str) -> None:
    registry = CollectorRegistry()

    OrdersMetrics(registry).count_published(name, an_event(name, **changes))

    assert counted(registry) == {series: 1}


def test_what_leaves_the_outbox_is_counted_by_type_and_a_strangers_type_is_no_label() -> None:
    registry = CollectorRegistry()
    metrics = RuntimeMetrics(registry, "orders")
    for topic, event_type in (
        ("cart-events", "cart.abandoned"),
        ("storefront-events", "person.resolved"),
        ("storefront-events-dlq", "cart.abandoned"),
        ("cart-events", "anything"),
    ):
        metrics.count_published(topic, event_type)

    assert counted(registry) == {
        "beckon_events_published_total['cart.abandoned']": 1,
        "beckon_events_published_total['dead_letter']": 1,
        "beckon_events_published_total['other']": 2,
    }
