"""The metrics of notify, each declared once."""

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge

from services.notify.rules.keywords import Reply
from shared.events.budgets import Budget
from shared.runtime.metrics import counter_from_zero


class NotifyMetrics:
    """Labels are closed sets, never a shop, a cart or a person."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.calls = Counter("beckon_notify_calls_total", "Calls to carriers.", ["kind", "outcome"], registry=registry)
        self.refusals = Counter(
            "beckon_notify_calls_refused_total", "Calls not made at the last moment.", ["refusal"], registry=registry
        )
        self.decisions = Counter("beckon_notify_decisions_total", "Evaluations of due nudges.", ["decision"], registry=registry)
        self.failures = Counter(
            "beckon_notify_failures_total",
            "Work that a bug of ours ended, by the loop that had it.",
            ["loop"],
            registry=registry,
        )
        self.grants = Counter("beckon_notify_grants_total", "How asks ended.", ["ending"], registry=registry)
        self.over_budget = counter_from_zero(
            "beckon_notify_over_budget_total",
            "Questions and reminders kept back because a budget was used up.",
            "budget",
            Budget,
            registry,
        )
        self.unresolved = Gauge("beckon_notify_unresolved", "Attempts whose result is unknown.", registry=registry)
        self.callbacks = Counter("beckon_notify_callbacks_total", "Carrier callbacks.", ["outcome"], registry=registry)
        self.answers_kept_back = counter_from_zero(
            "beckon_notify_answers_kept_back_total",
            "Answers to replies not sent because their number had enough of them that day; the reply was obeyed.",
            "meaning",
            Reply,
            registry,
        )
        self.replies = Counter("beckon_notify_replies_total", "Replies from handsets.", ["meaning"], registry=registry)
