"""Random runs of three tabs of one browser by ``tab_runs.js``, and what a real ingest makes of what they send."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx

from services.orders.rules.carts import Cart, after_reports
from shared.events.codec import decode
from shared.events.envelope import Event
from shared.events.storefront import CartUpdated, PageSeen, ShopperIdentified
from tests.support.browsers.snippet_lab import Lab
from tests.support.builders.ingest import NOON, SITE_KEY, ms
from tests.support.processes.ingest_client import post

SCRIPT = Path(__file__).with_name("tab_runs.js").read_text()
STEPS = 14
AT_ONCE = 25

Evaluate = Callable[[str], Awaitable[Any]]
"""What an asynchronous function of a page returns, in either browser."""


@dataclass(frozen=True)
class TabRun:
    """One run: what its shopper last put in, what its tabs then knew, and what the server has of it, each event once."""

    seed: int
    torn: str | None
    lines: list[str]
    shown: list[list[str]]
    emails: int
    pages: int
    waiting: int
    records: int
    events: list[Event]

    def faults(self) -> list[str]:
        """What is not as it should be; nothing of a good run."""
        if self.torn is not None:
            return [f"half a change: {self.torn}"]
        carts = [event for event in self.events if isinstance(event, CartUpdated)]
        found = {
            "at the server": lines_of(after_reports(None, _of_newest_cart(carts))),
            **{f"in tab {number}": lines for number, lines in enumerate(self.shown)},
        }
        wrong = [f"{where} {lines}, not {self.lines}" for where, lines in found.items() if lines != self.lines]
        return wrong + [f"{self.waiting} outbox not empty"] * (self.waiting > 0) + self._repeated(carts)

    def _repeated(self, carts: list[CartUpdated]) -> list[str]:
        """What one cause has made twice, or not at all, under any id."""
        reported = sorted((cart.cart_version, _lines(cart)) for cart in carts)
        twice = [f"cart {lines} twice" for (_, lines), (_, after) in pairwise(reported) if lines == after]
        counts = (
            ("pages", self.pages, sum(isinstance(event, PageSeen) for event in self.events)),
            ("e-mails", self.emails, sum(isinstance(event, ShopperIdentified) for event in self.events)),
        )
        return twice + [f"{count} {what}, not {meant}" for what, meant, count in counts if count != meant]


def lines_of(cart: Cart | None) -> list[str]:
    """The lines of a cart as ``tab_runs.js`` spells them."""
    return [] if cart is None else sorted(f"{item.product_id} {item.quantity}" for item in cart.items)


def _lines(cart: CartUpdated) -> list[str]:
    return sorted(f"{item.product_id} {item.quantity}" for item in cart.items)


def _of_newest_cart(carts: list[CartUpdated]) -> list[CartUpdated]:
    """The reports of the cart with the highest number, in the order of their arrival."""
    newest = max((cart.cart_seq for cart in carts), default=0)
    return [cart for cart in carts if cart.cart_seq == newest]


async def tab_runs(lab: Lab, evaluate: Evaluate, seeds: Sequence[int], *, ends: bool) -> AsyncIterator[TabRun]:
    """The runs of these seeds; ``ends`` lets browsers end pages between any two of their writes."""
    async with httpx.AsyncClient() as client:
        core = (await client.get(f"{lab.ingest}/s/{SITE_KEY}.js")).text
    plan = json.dumps({"start": ms(NOON), "ends": ends, "steps": STEPS})
    for first in range(0, len(seeds), AT_ONCE):
        some = list(seeds[first : first + AT_ONCE])
        runs = f"for (const seed of {some}) runs.push(await runTabs({json.dumps(core)}, seed, {plan}));"
        for run in await evaluate(f"async () => {{ {SCRIPT}\nconst runs = [];\n{runs}\nreturn runs; }}"):
            yield await _received(lab, run)


async def _received(lab: Lab, run: dict[str, Any]) -> TabRun:
    """Give to the server what has arrived, in the order in which it has."""
    before = len(lab.rig.kafka.stored)
    lab.rig.clock.pass_seconds(1)  # in which its limits let as many in again
    for body in run.get("bodies", ()):
        answer = await post(lab.rig, json.loads(body), {"origin": lab.shop})
        assert answer.status_code == 204, (run["seed"], answer.status_code, answer.text)
    records = [decode(name, value) for name, _, value in lab.rig.kafka.stored[before:]]
    unique = list({event.event_id: event for event in records}.values())
    return TabRun(
        seed=run["seed"],
        torn=run.get("torn"),
        lines=run.get("lines", []),
        shown=run.get("shown", []),
        emails=len(run.get("emails", ())),
        pages=run.get("pages", 0),
        waiting=run.get("waiting", 0),
        records=len(records),
        events=unique,
    )
