"""Which addresses one machine's Beckon uses, and a clear word when one is taken."""

import socket
from dataclasses import dataclass

from deploy.local.trouble import Trouble

NAMES = {
    "onboarding": 0,
    "ingest": 1,
    "notify": 2,
    "demo": 3,
    "onboarding metrics": 10,
    "ingest metrics": 11,
    "notify metrics": 12,
    "orders metrics": 13,
    "Kafka": 20,
    "Kafka controller": 21,
    "PostgreSQL": 22,
}


@dataclass(frozen=True)
class Ports:
    """All ports follow from one base."""

    base: int

    def of(self, name: str) -> int:
        """The port of one of ``NAMES``."""
        return self.base + NAMES[name]

    def address(self, name: str, host: str = "127.0.0.1") -> str:
        """``http://host:port``."""
        return f"http://{host}:{self.of(name)}"

    def check_free(self) -> None:
        """Raise ``Trouble`` when somebody else listens on one of them."""
        for name in NAMES:
            if listens(self.of(name)):
                raise Trouble(
                    f"Port {self.of(name)}, which {name} needs, is taken by another program: "
                    f"stop it, or choose another range with BECKON_BASE_PORT (now {self.base})."
                )


def listens(port: int) -> bool:
    """Somebody answers on this port of the loopback interface."""
    with socket.socket() as probe:
        probe.settimeout(0.3)
        return probe.connect_ex(("127.0.0.1", port)) == 0
