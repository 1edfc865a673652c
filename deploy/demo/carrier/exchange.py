"""The carrier's own acts: to take a message from the API, and one from a handset."""

import secrets
from datetime import timedelta
from typing import assert_never

from deploy.demo.carrier.controls import Switchboard
from deploy.demo.carrier.courier import Courier
from deploy.demo.carrier.keywords import ANSWERS, Keyword, keyword_in
from deploy.demo.carrier.messages import Account, Direction, Message, Status
from deploy.demo.carrier.store import Call, CarrierStore
from deploy.demo.clock import Clock, monotonic_now

SENT_AFTER = timedelta(seconds=0.2)
DELIVERED_AFTER = timedelta(seconds=0.6)


def new_account() -> Account:
    """A fresh account. Its number is one of those kept for fiction."""
    return Account(
        sid="AC" + secrets.token_hex(16),
        auth_token=secrets.token_hex(16),
        number=f"+1205555{100 + secrets.randbelow(100):04}",
        number_sid="PN" + secrets.token_hex(16),
        messaging_service_sid="MG" + secrets.token_hex(16),
        sms_url="",
    )


class Exchange:
    """Where messages go through, both ways."""

    def __init__(self, store: CarrierStore, switchboard: Switchboard, courier: Courier, clock: Clock) -> None:
        self.store = store
        self.switchboard = switchboard
        self._courier = courier
        self._clock = clock

    def arrive(self, handset: str, status_callback: str) -> Call:
        """A call of the API has come in."""
        return Call(self._clock(), monotonic_now(), handset, status_callback)

    def accept(self, call: Call, body: str, messaging_service_sid: str) -> Message:
        """Take a message for a handset. When this returns it is on the disk and on the phone."""
        fate = self.switchboard.now.fates.get(call.handset)
        now = self._clock()
        message = Message(
            sid="SM" + secrets.token_hex(16),
            direction=Direction.API,
            handset=call.handset,
            body=body,
            status=Status.ACCEPTED if messaging_service_sid else Status.QUEUED,
            created_at=now,
            accepted_monotonic=monotonic_now(),
            status_callback=call.status_callback,
            messaging_service_sid=messaging_service_sid,
            error_code=fate.code if fate else None,
        )
        end = fate.status if fate else Status.DELIVERED
        due = [(Status.QUEUED, now), (Status.SENT, now + SENT_AFTER), (end, now + DELIVERED_AFTER)]
        self.store.accept(message, call, due)
        self._courier.wake()
        return message

    def receive(self, handset: str, body: str) -> Message:
        """Take what somebody typed on a phone, and act on the carrier's own keywords."""
        message = self._from_handset(handset, body)
        keyword = keyword_in(body) if self.switchboard.now.opt_outs else None
        answer = self._act(keyword, handset)
        self.store.receive(message, answer)
        self._courier.wake()
        return message

    def _act(self, keyword: Keyword | None, handset: str) -> Message | None:
        match keyword:
            case None:
                return None
            case Keyword.STOP:
                self.store.opt_out(handset, self._clock())
            case Keyword.START:
                if not self.store.opted_out(handset):
                    return None  # Twilio answers only who had opted out: a plain YES stays between shopper and shop
                self.store.opt_in(handset)
            case Keyword.HELP:
                pass
            case _:
                assert_never(keyword)
        return self._own_answer(handset, ANSWERS[keyword])

    def _own_answer(self, handset: str, body: str) -> Message:
        now = self._clock()
        sid = "SM" + secrets.token_hex(16)
        return Message(sid, Direction.REPLY, handset, body, Status.DELIVERED, now, monotonic_now(), sent_at=now)

    def _from_handset(self, handset: str, body: str) -> Message:
        now = self._clock()
        sid = "SM" + secrets.token_hex(16)
        return Message(sid, Direction.INBOUND, handset, body, Status.RECEIVED, now, monotonic_now(), sent_at=now)
