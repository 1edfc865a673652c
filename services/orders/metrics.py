"""The metrics of orders, each declared once."""

from typing import get_args

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from pydantic_core import from_json

from services.orders.rules.granting import DROPPED, Answer
from services.orders.rules.timers import TimerKind
from shared.events.cart import CartOutcome, Credit
from shared.runtime.metrics import counter_from_zero, histogram_from_zero, moment_gauge

ANSWERS = (*(answer.__name__.lower() for answer in get_args(Answer)), DROPPED, "lost")


class OrdersMetrics:
    """Labels are closed sets, never a shop, a cart or a person."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.answers = counter_from_zero("beckon_orders_answers_total", "Answers to asks.", {"answer": ANSWERS}, registry)
        self.barriers = counter_from_zero(
            "beckon_orders_barriers_total", "Markers appended, by outcome.", {"outcome": ("passed", "failed")}, registry
        )
        self.barrier_seconds = Histogram(
            "beckon_orders_barrier_seconds",
            "From claiming asks to the marker's applied commit.",
            buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2),
            registry=registry,
        )
        self.lateness = histogram_from_zero(
            "beckon_timer_lateness_seconds",
            "How late timers were evaluated.",
            {"kind": TimerKind},
            (0.1, 0.5, 1, 5, 15, 60, 300, 900),
            registry,
        )
        self.timers_fired_up_to = moment_gauge(
            "beckon_timer_fired_up_to_timestamp_seconds", "No timer that was due before is left.", registry
        )
        self.timer_failures = counter_from_zero(
            "beckon_timer_failures_total",
            "Timers that could not be evaluated and were put off: page.",
            {"kind": TimerKind},
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
        self._declare_carts(registry)

    def _declare_carts(self, registry: CollectorRegistry) -> None:
        self.abandoned = Counter("beckon_orders_carts_abandoned_total", "Carts found abandoned.", registry=registry)
        self.closed = counter_from_zero(
            "beckon_orders_carts_closed_total", "How carts ended.", {"outcome": CartOutcome}, registry
        )
        self.credits = counter_from_zero(
            "beckon_orders_credits_total",
            "Orders by what a reminder had to do with them: recovered, influenced; one that changes is counted again.",
            {"credit": Credit},
            registry,
        )

    def count_published(self, event_type: str, value: bytes) -> None:
        """Count what happened to carts, by the events that left the outbox."""
        match event_type:
            case "cart.abandoned":
                self.abandoned.inc()
            case "cart.closed":
                self.closed.labels(CartOutcome(from_json(value)["outcome"])).inc()
            case "order.reconciled":
                self.credits.labels(Credit(from_json(value)["credit"])).inc()
            case _:
                pass  # of other things
