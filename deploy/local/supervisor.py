"""``python -m deploy.local.supervisor``: the whole of Beckon on this machine, until Ctrl-C."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

from deploy.local.ports import Ports
from deploy.local.services import CHECKOUT, DEMO_ACCOUNT
from deploy.local.stack import Stack
from deploy.local.trouble import Trouble


def say(text: str) -> None:
    """One line of progress."""
    print(f"  {text}", flush=True)


def table(stack: Stack, seconds: float) -> str:
    """What runs where, and what to try."""
    ports, demo = stack.ports, stack.ports.of("demo")
    rows = [
        ("shop", f"http://shop.localhost:{demo}", "fill a cart, give a phone with the box ticked, leave"),
        ("phones", f"http://phones.localhost:{demo}", "answer YES; the reminder arrives here"),
        ("back office", f"http://office.localhost:{demo}", "key in an order for a customer"),
        ("console", ports.address("onboarding"), f"{DEMO_ACCOUNT} / {stack.secrets.console_password}"),
        ("logs", str(stack.folders.logs), "one file for each process"),
    ]
    if stack.folders.postgres.parent != stack.folders.state:
        rows.append(("PostgreSQL's data", str(stack.folders.postgres), "outside a home that others may not enter"))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"  {what:<{widths[0]}}  {where:<{widths[1]}}  {try_this}" for what, where, try_this in rows]
    return "\n".join([f"\nBeckon runs (started in {seconds:.1f} s). Ctrl-C stops it; what it knows stays.\n", *lines, ""])


def main() -> int:
    """Run until a signal; exit code 1 with one line when something is in the way."""
    ports = Ports(int(os.environ.get("BECKON_BASE_PORT", "8700")))
    stack = Stack(Path(os.environ.get("BECKON_STATE", CHECKOUT / ".beckon")), ports, say)
    asked_to_stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: interrupt(asked_to_stop))
    began = time.monotonic()
    try:
        stack.start()
        print(table(stack, time.monotonic() - began), flush=True)
        while not asked_to_stop.wait(0.2):
            stack.keep()
    except Trouble as trouble:
        print(f"beckon: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    finally:
        say("stopping")
        stack.stop()
    return 0


def interrupt(asked_to_stop: threading.Event) -> None:
    """The first signal ends the wait; before there is one, during the start, it ends the start."""
    if asked_to_stop.is_set():
        return
    asked_to_stop.set()
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
