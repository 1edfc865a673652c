"""Many shoppers at once, by the requests that their browsers would make: for what is about servers and not about pages."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count

import httpx

from tests.support.builders.ingest import CHROME
from tests.support.processes.running import Running
from tests.support.stories.carrier_log import CarrierLog
from tests.support.stories.console_api import ConsoleApi
from tests.support.waiting import DEADLINE_SECONDS, wait_for

AREAS = (212, 213, 305, 312, 404, 415, 503, 512, 602, 617, 702, 713, 808, 907)
"""Numbers of one block of ten thousand are asked ten times a day at most."""


@dataclass(frozen=True)
class Guest:
    """A shopper with a browser and a phone, who has left a cart."""

    number: str
    visitor_id: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    @property
    def email(self) -> str:
        """An address that goes with the number."""
        return f"shopper{self.number[-4:]}@mail.example"


class Crowd:
    """Guests of the demo's shop, each with a number of their own."""

    def __init__(self, beckon: Running, carrier: CarrierLog, console: ConsoleApi) -> None:
        self._beckon, self._carrier = beckon, carrier
        self._site_key = console.codes()["site_key"]
        self._order_key = console.new_secret_key()
        self._http = httpx.Client(headers={"Origin": beckon.shop().rstrip("/"), "User-Agent": CHROME}, timeout=30)
        self._numbers = count(100)
        self._buyers: set[Guest] = set()

    def arrive(self, how_many: int, *, buying: bool = False) -> list[Guest]:
        """So many new guests fill a cart, tick the box and answer YES; those who buy have bought before that."""
        guests = self.fill_carts(how_many)
        if buying:
            for guest in guests:
                self._buys(guest)
        self.answer_yes(guests)
        return guests

    def fill_carts(self, how_many: int) -> list[Guest]:
        """So many new guests fill a cart, tick the box and leave."""
        guests = self.guests(how_many)
        for guest in guests:
            status = self.report(guest)
            assert status == 204, f"ingest answered {status}"
        return guests

    def guests(self, how_many: int) -> list[Guest]:
        """So many new guests, who have done nothing yet."""
        return [self._guest() for _ in range(how_many)]

    def is_taken(self, guest: Guest) -> bool:
        """Whether the guest's report was acknowledged, now that it was sent once more."""
        return self.report(guest) == 204

    def answer_yes(self, guests: Sequence[Guest]) -> None:
        """The guests who are asked confirm their numbers; who has bought is not asked."""
        for guest in guests:
            if guest not in self._buyers:
                wait_for("the question", partial(self._carrier.questions_to, guest.number))
            self._carrier.reply(guest.number, "YES")

    def wait_until_reminded(self, guests: Sequence[Guest], seconds: float = DEADLINE_SECONDS) -> None:
        """Wait until the carrier has taken a reminder for each."""
        what = "a reminder for each"
        wait_for(what, lambda: all(self.reminders(guests)), seconds, lambda: self.reminders(guests))

    def reminders(self, guests: Sequence[Guest]) -> list[int]:
        """How many reminders the carrier has taken for each."""
        return [len(self._carrier.reminders_to(guest.number)) for guest in guests]

    def _guest(self) -> Guest:
        number = next(self._numbers)
        return Guest(f"+1{AREAS[number % len(AREAS)]}555{number:04d}")

    def report(self, guest: Guest) -> int:
        """The guest's browser reports, or repeats, a filled cart and a ticked box. Returns the status."""
        now = int(time.time() * 1000)
        line = {"productID": "W-101", "productName": "Harbor Red", "quantity": 2, "productPrice": "64.95"}
        cart = {"seq": 1, "version": 1, "items": [line], "total": "129.90", "currency": "USD"}
        consent = {"phone": guest.number, "text": "I would like to receive SMS messages", "box_state": "ticked_by_shopper"}
        kinds = (("cart.updated", cart), ("shopper.identified", {"email": guest.email}), ("consent.given", consent))
        events = [
            {"i": f"{guest.visitor_id}{place}", "t": kind, "a": now, "p": "/checkout", "d": fields}
            for place, (kind, fields) in enumerate(kinds)
        ]
        body = {"v": 1, "k": self._site_key, "u": guest.visitor_id, "z": now, "e": events}
        return self._http.post(self._beckon.ingest("/v1/beacons"), json=body).status_code

    def _buys(self, guest: Guest) -> None:
        """The shop's server reports the guest's order."""
        order = {"order_id": f"O-{guest.number[1:]}", "email": guest.email, "total": "129.90", "currency": "USD"}
        bearer = {"Authorization": f"Bearer {self._order_key}"}
        self._http.post(self._beckon.ingest("/v1/orders"), json=order, headers=bearer).raise_for_status()
        self._buyers.add(guest)
