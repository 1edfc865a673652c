"""``python -m deploy.local.supervisor``: the whole of Beckon on this machine, until Ctrl-C."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from deploy.local.errors import StartError, Stopped
from deploy.local.folders import state_folder
from deploy.local.ports import ports_from
from deploy.local.services import DEMO_ACCOUNT
from deploy.local.stack import Stack
from shared.runtime.setting_names import unknown_names


def report(text: str) -> None:
    """One line of progress. A terminal that has gone away is no reason to leave anything running."""
    with suppress(OSError):
        print(f"  {text}", flush=True)


def table(stack: Stack, seconds: float) -> str:
    """What runs where, and what to try."""
    ports, demo, nexternal = stack.ports, stack.ports.of("demo"), stack.ports.of("nexternal")
    rows = [
        ("shop", f"http://shop.localhost:{demo}", "fill a cart, give a phone with the box ticked, leave"),
        ("second shop", f"http://second.localhost:{demo}", "empty: sign up in the console and set it up yourself"),
        ("phones", f"http://phones.localhost:{demo}", "answer YES; the reminder arrives here"),
        ("back office", f"http://office.localhost:{demo}", "key in an order for a customer"),
        (
            "Nexternal store",
            f"http://wine.localhost:{nexternal}",
            "a shop as Nexternal hands it over: sign it up in the console",
        ),
        (
            "Nexternal OMS",
            f"http://oms.localhost:{nexternal}/harborvine/",
            "its back office: paste the codes, place manual orders",
        ),
        ("console", ports.address("onboarding"), f"{DEMO_ACCOUNT} / {stack.secrets.console_password}"),
        ("logs", str(stack.folders.logs), "one file for each process"),
    ]
    if stack.folders.postgres.parent != stack.folders.state:
        rows.append(("PostgreSQL's data", str(stack.folders.postgres), "outside a home that others may not enter"))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"  {what:<{widths[0]}}  {where:<{widths[1]}}  {try_this}" for what, where, try_this in rows]
    return "\n".join([f"Beckon runs (started in {seconds:.1f} s). Ctrl-C stops it; what it knows stays.\n", *lines, ""])


def main(stack_of: Callable[..., Stack] = Stack) -> int:
    """Run until a signal; exit code 1 with one line when something is in the way, 2 for a setting that nobody knows."""
    if unknown := unknown_names(os.environ):
        print("\n".join(f"beckon: {line}" for line in unknown), file=sys.stderr, flush=True)
        return 2
    asked_to_stop = threading.Event()
    # The signal only sets a flag: an exception out of nowhere could lose a process that was just being started.
    # A terminal that is closed sends SIGHUP.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: asked_to_stop.set())
    try:
        stack = stack_of(state_folder(os.environ), ports_from(os.environ), report, asked_to_stop)
    except StartError as error:
        return refuse(error)
    try:
        return run(stack, asked_to_stop)
    finally:
        if stack.running:
            report("stopping")
        stack.stop()


def run(stack: Stack, asked_to_stop: threading.Event) -> int:
    """Start everything, and keep it so."""
    began = time.monotonic()
    try:
        stack.start()
    except Stopped:
        return 0
    except StartError as error:
        return refuse(error)
    report(table(stack, time.monotonic() - began))
    while not asked_to_stop.wait(0.2):
        for name in stack.keep():
            report(f"started {name} again")
    return 0


def refuse(error: StartError) -> int:
    """Print what is in the way."""
    with suppress(OSError):
        print(f"beckon: {error}", file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
