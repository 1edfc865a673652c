"""The client is the peer; where the peer is a proxy of ours it is whom our proxies saw, never whom a client names."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.runtime.http.client_address import TrustedProxies, client_address, client_prefix
from shared.runtime.service import AsgiServer
from shared.runtime.settings import ServiceSettings
from tests.support.processes.servers import free_port

OURS = TrustedProxies.parse("10.0.0.0/8, fd00::/8")
ADDRESSES = st.ip_addresses().map(str)


@given(st.lists(st.text()))
def test_nobody_but_a_proxy_of_ours_names_the_client(forwarded: list[str]) -> None:
    assert client_address("203.0.113.9", forwarded, TrustedProxies()) == "203.0.113.9"
    assert client_address("203.0.113.9", forwarded, OURS) == "203.0.113.9"


@given(
    st.lists(st.text(alphabet="0123456789abcdef.:,[]% \"'", max_size=200)), st.ip_addresses(v=4).filter(lambda a: a.is_global)
)
def test_what_a_client_writes_in_front_changes_nothing(invented: list[str], client: object) -> None:
    assert client_address("10.1.2.3", [*invented, f"{client}"], OURS) == str(client)
    assert client_address("10.1.2.3", [*invented, f"{client}, 10.9.9.9"], OURS) == str(client)
    assert client_address("10.1.2.3", [*invented, f"{client}"], TrustedProxies.parse("1")) == str(client)
    assert client_address("10.1.2.3", [*invented, f"{client}, 198.51.100.7"], TrustedProxies.parse("2")) == str(client)


@pytest.mark.parametrize(
    "spelling", ["198.51.100.7", "198.51.100.7:4711", "::ffff:198.51.100.7", '"198.51.100.7"', " 198.51.100.7 "]
)
def test_one_client_has_one_spelling(spelling: str) -> None:
    assert client_address("10.1.2.3", [spelling], OURS) == "198.51.100.7"


@pytest.mark.parametrize("spelling", ["2001:DB8::1", "[2001:db8::1]", "[2001:db8:0::1]:443", "2001:db8::1%eth0"])
def test_one_ipv6_client_has_one_spelling(spelling: str) -> None:
    assert client_address("fd00::1", [spelling], OURS) == "2001:db8::1"


@pytest.mark.parametrize("hop", ["", "unknown", "_hidden", "1.2.3", "9" * 70_000, "a," * 30_000])
def test_a_hop_that_is_no_address_leaves_the_last_one_that_is_known(hop: str) -> None:
    assert client_address("10.1.2.3", [hop], OURS) == "10.1.2.3"
    assert client_address("10.1.2.3", [hop], TrustedProxies.parse("1")) == "10.1.2.3"


def test_a_request_that_did_not_come_through_all_proxies_is_its_peers() -> None:
    assert client_address("10.1.2.3", ["198.51.100.7"], TrustedProxies.parse("2")) == "10.1.2.3"


def test_limits_count_all_addresses_that_one_subscriber_can_choose_as_one() -> None:
    assert client_prefix("2001:db8:1:2:3:4:5:6") == client_prefix("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert client_prefix("2001:db8:1:3::9") != client_prefix("2001:db8:1:2::9")
    assert client_prefix("198.51.100.7") == "198.51.100.7"


@pytest.mark.parametrize("text", ["17", "-1", "1.5", "ten", "10.0.0.1/8", "10.0.0.0/33", "example.org", "²"])
def test_a_setting_that_names_no_proxies_does_not_start(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BECKON_TRUSTED_PROXIES", text)

    with pytest.raises(ValidationError, match="proxies"):
        ServiceSettings(kafka="127.0.0.1:9092", metrics_port=1)


@pytest.mark.parametrize("text", ["0", "2", "10.0.0.0/8,fd00::/8", "127.0.0.1", ""])
def test_proxies_are_a_number_or_networks(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BECKON_TRUSTED_PROXIES", text)

    assert ServiceSettings(kafka="127.0.0.1:9092", metrics_port=1).trusted_proxies == TrustedProxies.parse(text)


async def test_every_app_of_a_server_sees_the_client_behind_its_proxies() -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["client"][0])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    server = AsgiServer(app, "127.0.0.1", port := free_port(), TrustedProxies.parse("127.0.0.0/8"))
    await server.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 198.51.100.7\r\n"
    writer.write(f"GET / HTTP/1.1\r\nHost: x\r\n{lines}Connection: close\r\n\r\n".encode())
    await reader.read()
    writer.close()
    await server.stop()

    assert seen == ["198.51.100.7"]
