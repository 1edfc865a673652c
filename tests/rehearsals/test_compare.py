"""Tables beside their log, on a Beckon that runs: as its log has them, until somebody changes a row by hand."""

import json
import time
from typing import Any

from tests.rehearsals.conftest import Figures
from tests.support.processes.crowd import Crowd
from tests.support.processes.database import Database
from tests.support.processes.operator import Operator
from tests.support.processes.running import Running

DAMAGE = """
    UPDATE onboarding.timeline
       SET happened_at = now()
     WHERE event_id = (SELECT min(event_id::text)::uuid FROM onboarding.timeline WHERE event LIKE '%cart.abandoned%')
"""
COMPARED = (
    ("orders", "storefront-events"),
    ("orders", "message-events"),
    ("onboarding", "cart-events"),
    ("onboarding", "nudge-events"),
    ("onboarding", "message-events"),
)


def test_a_damaged_row_is_named_and_no_other(beckon: Running, crowd: Crowd, database: Database, figures: Figures) -> None:
    crowd.wait_until_reminded(crowd.arrive(4))
    crowd.arrive(2, buying=True)
    operator = Operator(beckon)

    began = time.monotonic()
    clean = {each: operator.tries_here("replay", *each, "--compare", "--json") for each in COMPARED}
    seconds = time.monotonic() - began
    database.run("UPDATE orders.carts SET items = '[]' WHERE cart_id = (SELECT min(cart_id::text)::uuid FROM orders.carts)")
    database.run(DAMAGE)
    damaged = {each: operator.tries_here("replay", *each, "--compare", "--json") for each in COMPARED}

    assert {each: (done.returncode, done.stderr) for each, done in clean.items()} == dict.fromkeys(COMPARED, (0, ""))
    unused = {row["table"] for done in clean.values() for row in json.loads(done.stdout) if not row["rows"]}
    assert unused <= {"orders.followed_links"}
    found = [row for done in damaged.values() for row in json.loads(done.stdout) if row["wrong"]]
    wrong = [(row["table"], row["different"], row["missing"]) for row in found]
    assert wrong == [("orders.carts", 1, 0), ("onboarding.timeline", 1, 0)]
    assert not numbers_in(found)
    figures.note("tables compared with their log", seconds)


def numbers_in(rows: list[dict[str, Any]]) -> list[str]:
    """Phone numbers of the crowd in what was printed."""
    return [example for row in rows for example in row["examples"] if "+1" in example]
