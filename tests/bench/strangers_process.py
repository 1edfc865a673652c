"""A crowd that holds on to a port, in a process of its own: ``python -m tests.bench.strangers_process <port> <hold as JSON>``.

Each of them has one of 250 addresses, sends on about once a second, and comes again when it was sent away.
"""

import json
import socket
import sys
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import count

NUMBER = 1_000
ADDRESSES = 250
TURN_SECONDS = 0.01
_PAUSE = threading.Event()  # never set: its wait is the pause between two turns


@dataclass(frozen=True)
class Stranger:
    """What one sends at first, and then again and again; one that never reads leaves its answers where they are."""

    first: str
    then: str = ""
    reads: bool = True

    def written(self) -> str:
        """As the command line takes it."""
        return json.dumps(asdict(self))


def connected(port: int, number: int, stranger: Stranger) -> socket.socket:
    """One that is there, and has sent what it sends at first."""
    one = socket.socket()
    if not stranger.reads:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    one.settimeout(5)
    one.bind((f"127.0.1.{1 + number % ADDRESSES}", 0))
    one.connect(("127.0.0.1", port))
    one.sendall(stranger.first.encode())
    one.setblocking(False)
    return one


def has_ended(one: socket.socket, stranger: Stranger) -> bool:
    """Send on and read what came; True when the other side has ended it."""
    try:
        one.send(stranger.then.encode())
        return stranger.reads and one.recv(65_536) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def main(port: int, stranger: Stranger) -> None:
    """Hold on until killed."""
    crowd = [connected(port, number, stranger) for number in range(NUMBER)]
    print("there", flush=True)
    for round_number in count():
        _PAUSE.wait(TURN_SECONDS)
        for number in range(round_number * 10 % NUMBER, round_number * 10 % NUMBER + 10):
            if has_ended(crowd[number], stranger):
                crowd[number].close()
                with suppress(OSError):
                    crowd[number] = connected(port, number, stranger)


if __name__ == "__main__":
    main(int(sys.argv[1]), Stranger(**json.loads(sys.argv[2])))
