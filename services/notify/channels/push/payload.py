"""The payload of a push as Declarative Web Push (W3C Push API): Safari shows it by itself, our worker reads it."""

import json
from dataclasses import dataclass

from services.notify.channels.push.subscriptions import topic_of
from shared.events.nudge import NudgeDue
from shared.messages.push import PushText


@dataclass(frozen=True)
class ReportTo:
    """The address to which the worker reports: its file is the same for all shops and contains nothing of any."""

    ingest: str
    site_key: str


def payload_of(due: NudgeDue, attempt_id: str, text: PushText, link: str, report_to: ReportTo) -> str:
    """JSON for the worker. ``id`` is the nudge's: a repeat of the same step bears it again and is shown once.

    ``step`` orders the reminders of one cart: push services deliver what they had stored in any order.
    """
    topic = topic_of(due.site_id, due.cart_id)
    return json.dumps(
        {
            "web_push": 8030,
            "notification": {"title": text.title, "body": text.body, "navigate": link, "tag": topic},
            "beckon": {
                "id": due.nudge_id.hex,
                "step": due.step,
                "cart": topic,
                "attempt": attempt_id,
                "u": due.visitor_id,
                "k": report_to.site_key,
                "i": report_to.ingest,
            },
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
