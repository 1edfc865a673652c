"""A shopper's request for their data: who has answered, when it is complete, and the whole as one file (GDPR, article 15)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from shared.events.envelope import to_wire_time

KEPT = timedelta(days=7)
"""Request and answers; after that nobody can open an answer any more, not even in the log."""
REUSED_WITHIN = timedelta(minutes=10)
MOST_A_DAY = 200
ANSWERING = {"orders": "Carts and orders", "notify": "Opt-ins and messages"}
"""The services that answer, for people."""
NEVER_ANOTHERS = (
    "Only what is this person's alone is in here. A browser, number or order that may be another person's as well is left out, "
    "and counted under left_out: name the other address or number with the first, if it is proven to be theirs."
)


@dataclass(frozen=True)
class DataRequest:
    """A request. ``key_box`` holds the private key that opens its answers, sealed for the console."""

    request_id: UUID
    kind: str
    indexes: tuple[str, ...]
    asked_at: datetime
    asked_by: str
    key_box: str

    @property
    def deleted_at(self) -> datetime:
        """The moment at which request and answers are deleted."""
        return self.asked_at + KEPT


@dataclass(frozen=True)
class AnswerPart:
    """A sealed part of a service's answer."""

    service: str
    collected_at: datetime
    part: int
    parts: int
    box: str


@dataclass(frozen=True)
class WholeAnswer:
    """All parts of one answer, in their order."""

    collected_at: datetime
    boxes: tuple[str, ...]


def whole_answers(parts: Iterable[AnswerPart]) -> dict[str, WholeAnswer]:
    """The newest answer of each service that is there whole."""
    found: dict[tuple[str, datetime], dict[int, AnswerPart]] = {}
    for each in parts:
        found.setdefault((each.service, each.collected_at), {})[each.part] = each
    whole: dict[str, WholeAnswer] = {}
    for (service, collected_at), group in sorted(found.items()):
        expected = next(iter(group.values())).parts
        if service in ANSWERING and set(group) == set(range(1, expected + 1)):
            whole[service] = WholeAnswer(collected_at, tuple(group[number].box for number in sorted(group)))
    return whole


def completed_at(answers: Mapping[str, WholeAnswer]) -> datetime | None:
    """When the last service answered; None while one has not."""
    if set(answers) != set(ANSWERING):
        return None
    return max(answer.collected_at for answer in answers.values())


def state_of(request: DataRequest, answers: Mapping[str, WholeAnswer]) -> dict[str, Any]:
    """The state of a request as JSON."""
    done = completed_at(answers)
    answered = {service: to_wire_time(answers[service].collected_at) for service in ANSWERING if service in answers}
    return {
        "request_id": str(request.request_id),
        "kind": request.kind,
        "asked_at": to_wire_time(request.asked_at),
        "asked_by": request.asked_by,
        "complete": done is not None,
        "completed_at": None if done is None else to_wire_time(done),
        "answered": answered,
        "waiting_for": [service for service in ANSWERING if service not in answers],
        "deleted_at": to_wire_time(request.deleted_at),
    }


def whole_export(
    request: DataRequest, answers: Mapping[str, WholeAnswer], opened: Mapping[str, Any], own: Mapping[str, Any]
) -> dict[str, Any]:
    """The file that a person may ask for. ``opened`` are the answers by service, ``own`` is what the console has itself."""
    names = {"notify": "messages", "orders": "orders"}
    return {
        "request": state_of(request, answers),
        "about": NEVER_ANOTHERS,
        **{names[service]: opened.get(service) for service in ANSWERING},
        "console": dict(own),
    }


def theirs(opened: Mapping[str, Any], request: DataRequest) -> tuple[list[str], list[str]]:
    """Visitor ids and contact indexes that orders found this person's alone; before its answer, the contacts asked about."""
    answer = opened.get("orders") or {}
    visitors = [str(visitor) for visitor in answer.get("visitor_ids", ())]
    indexes = [str(contact["index"]) for contact in answer.get("contacts", ())]
    return visitors, sorted({*indexes, *request.indexes})


def without_others(event: Mapping[str, Any], visitors: Iterable[str]) -> dict[str, Any]:
    """An event about the person's number in somebody else's browser: that it was so, and nothing of that browser."""
    if event.get("visitor_id") is None or event["visitor_id"] in set(visitors):
        return dict(event)
    return {name: value for name, value in event.items() if name not in ("visitor_id", "page_path", "cart_id", "nudge_id")}
