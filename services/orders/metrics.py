"""The metrics of orders, each declared once."""

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from services.orders.rules.timers import TimerKind
from shared.runtime.metrics import counter_from_zero


class OrdersMetrics:
    """Labels are closed sets, never a shop, a cart or a person."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.answers = Counter("beckon_orders_answers_total", "Answers to asks.", ["answer"], registry=registry)
        self.barriers = Counter("beckon_orders_barriers_total", "Markers appended, by outcome.", ["outcome"], registry=registry)
        self.barrier_seconds = Histogram(
            "beckon_orders_barrier_seconds",
            "From claiming asks to the marker's applied commit.",
            buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2),
            registry=registry,
        )
        self.lateness = Histogram(
            "beckon_timer_lateness_seconds",
            "How late timers were evaluated.",
            ["kind"],
            buckets=(0.1, 0.5, 1, 5, 15, 60, 300, 900),
            registry=registry,
        )
        self.timer_failures = counter_from_zero(
            "beckon_timer_failures_total",
            "Timers that could not be evaluated and were put off: page.",
            "kind",
            TimerKind,
            registry,
        )
        self.answer_failures = Counter(
            "beckon_orders_answer_failures_total", "Asks that a bug of ours left without an answer: page.", registry=registry
        )
        self.asks_without_grant = Gauge(
            "beckon_orders_asks_without_grant",
            "Asks of the last 15 minutes that may still wait, where not one was granted: page.",
            registry=registry,
        )
