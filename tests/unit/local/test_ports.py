"""The ports that tests listen on: nobody else is given them meanwhile."""

import socket

import pytest

from deploy.local.ports import listens
from tests.support.processes.running import free_base_port
from tests.support.processes.servers import free_port, hold_port


def test_a_free_port_is_refused_to_others_and_open_to_a_server_of_ours() -> None:
    port = free_port()

    with pytest.raises(OSError, match="in use"):
        hold_port(port)
    with socket.create_server(("127.0.0.1", port)):
        assert listens(port)
    assert not listens(port), "nobody answers where nobody listens"


def test_every_port_of_a_range_is_held() -> None:
    base = free_base_port()

    for offset in (0, 3, 22):
        with pytest.raises(OSError, match="in use"):
            hold_port(base + offset)
