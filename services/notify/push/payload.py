"""What a push says, in the form of Declarative Web Push (W3C Push API): Safari shows it by itself, our worker reads it."""

import json

from services.notify.push.subscriptions import topic_of
from shared.events.nudge import NudgeDue
from shared.messages.push import PushText


def payload_of(due: NudgeDue, attempt_id: str, text: PushText, link: str) -> str:
    """JSON for the worker. ``id`` is the nudge's: a repeat of the same step bears it again and is shown once.

    ``step`` orders the reminders of one cart: push services deliver what they had stored in any order.
    """
    topic = topic_of(due.site_id, due.cart_id)
    return json.dumps(
        {
            "web_push": 8030,
            "notification": {"title": text.title, "body": text.body, "navigate": link, "tag": topic},
            "beckon": {"id": due.nudge_id.hex, "step": due.step, "cart": topic, "attempt": attempt_id},
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
