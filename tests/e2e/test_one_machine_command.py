"""``deploy/local/beckon`` as documents write it: on the machine of a running Beckon, without any setting exported by hand."""

import json
import re
import shlex
from pathlib import Path

from tests.support.processes.operator import Operator
from tests.support.processes.running import Running

ROOT = Path(__file__).parents[2]
DOCUMENTED = re.compile(r"^deploy/local/beckon (?P<arguments>.+)$", re.MULTILINE)
FINDS_FAULT = ("status", "replay")
"""Commands that end with 1 where other tests have left something to find fault with."""


def documented() -> list[list[str]]:
    """Each line of the reference, as the arguments of the command."""
    return [shlex.split(match["arguments"]) for match in DOCUMENTED.finditer((ROOT / "docs/command.md").read_text())]


def test_every_documented_line_for_one_machine_runs_as_it_stands(beckon: Running) -> None:
    operator = Operator(beckon)
    found = {shlex.join(arguments): operator.tries_here(*arguments) for arguments in documented()}

    wrong = {line: done.stderr for line, done in found.items() if done.returncode > (line.split()[0] in FINDS_FAULT)}
    assert (len(found) >= 5, wrong) == (True, {})


def test_every_service_is_seen_from_the_machine_and_keys_from_their_service_alone(beckon: Running) -> None:
    operator = Operator(beckon)

    rows = json.loads(operator.tries_here("status", "--json").stdout)
    elsewhere = operator.tries_here("rotate-key", "notify", "--check", "n1")
    wrong = operator.tries_here("--as", "nobody", "status")

    assert {row["service"] for row in rows} >= {"ingest", "sources", "orders", "notify", "onboarding"}
    assert [row["unseen"] for row in rows if row["unseen"]] == []
    assert elsewhere.returncode == 1
    assert (wrong.returncode, "--as names a service" in wrong.stderr) == (2, True)
