"""The metrics of notify, each declared once."""

from typing import get_args

from prometheus_client import REGISTRY, CollectorRegistry, Gauge
from pydantic_core import from_json

from services.notify.channels.results import Outcome
from services.notify.rules.attempts import Refusal
from services.notify.rules.keywords import Reply
from services.notify.rules.planning import Decision
from shared.events.budgets import Budget
from shared.events.envelope import Channel
from shared.events.message import MessageKind
from shared.runtime.metrics import counter_from_zero, histogram_from_zero

CALL_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8)
LOOPS = ("caller", "dispatcher", "reconciliation", "transactional")
ENDINGS = ("granted", "withheld", "postponed", "cancelled", "lapsed")
MESSAGE_OUTCOMES = ("accepted", "delivered", "failed", "not_sent", "unresolved", "given_up")
CALLBACK_OUTCOMES = ("applied", "unknown", "bad_address", "bad_signature")


def names_of(union: object) -> list[str]:
    """The members of a union of results, as a label has them."""
    return [member.__name__.lower() for member in get_args(union)]


class NotifyMetrics:
    """Labels are closed sets, never a shop, a cart or a person."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        by_channel = {"channel": Channel}
        self.calls = counter_from_zero(
            "beckon_notify_calls_total",
            "Calls to carriers and push services.",
            {**by_channel, "kind": MessageKind, "outcome": names_of(Outcome)},
            registry,
        )
        self.call_seconds = histogram_from_zero(
            "beckon_notify_call_seconds",
            "From a call to its answer, or to the end of waiting for one.",
            by_channel,
            CALL_BUCKETS,
            registry,
        )
        self.messages = counter_from_zero(
            "beckon_notify_messages_total",
            "What became of messages, by the events that left the outbox.",
            {**by_channel, "outcome": MESSAGE_OUTCOMES},
            registry,
        )
        self.refusals = counter_from_zero(
            "beckon_notify_calls_refused_total", "Calls not made at the last moment.", {"refusal": Refusal}, registry
        )
        self.decisions = counter_from_zero(
            "beckon_notify_decisions_total", "Evaluations of due nudges.", {"decision": names_of(Decision)}, registry
        )
        self.failures = counter_from_zero(
            "beckon_notify_failures_total", "Work that a bug of ours ended, by the loop that had it.", {"loop": LOOPS}, registry
        )
        self.grants = counter_from_zero("beckon_notify_grants_total", "How asks ended.", {"ending": ENDINGS}, registry)
        self.over_budget = counter_from_zero(
            "beckon_notify_over_budget_total",
            "Questions and reminders kept back because a budget was used up.",
            {"budget": Budget},
            registry,
        )
        self.unresolved = Gauge("beckon_notify_unresolved", "Attempts whose result is unknown.", registry=registry)
        self._declare_replies(registry)

    def _declare_replies(self, registry: CollectorRegistry) -> None:
        self.callbacks = counter_from_zero(
            "beckon_notify_callbacks_total", "Carrier callbacks.", {"outcome": CALLBACK_OUTCOMES}, registry
        )
        self.answers_kept_back = counter_from_zero(
            "beckon_notify_answers_kept_back_total",
            "Answers to replies not sent because their number had enough of them that day; the reply was obeyed.",
            {"meaning": Reply},
            registry,
        )
        self.replies = counter_from_zero(
            "beckon_notify_replies_total",
            "Replies from handsets.",
            {"meaning": (*Reply, "repeated", "unreadable", "no_pepper")},
            registry,
        )

    def count_published(self, event_type: str, value: bytes) -> None:
        """Count what became of a message, by the event that left the outbox."""
        subject, _, outcome = event_type.partition(".")
        if subject != "message" or outcome not in MESSAGE_OUTCOMES:
            return
        event = from_json(value)
        if outcome == "failed" and not event["final"]:
            outcome = "not_sent"
        if outcome == "unresolved" and event["given_up"]:
            outcome = "given_up"
        self.messages.labels(event["channel"], outcome).inc()
