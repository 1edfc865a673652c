"""deploy/kubernetes/README.md from an empty cluster to the console's sign-in, behind network policies that are enforced.

The commands are run as they stand there. What a registry, a StorageClass and k3s would bring is there before: images that stand
in for Kafka's and PostgreSQL's, two volumes, and this node's own command in the place of k3s's.
"""

import re
import socket
from collections.abc import Callable, Iterator
from functools import partial

import httpx
import pytest
from playwright.sync_api import Browser, expect

from shared.events.catalogue import SERVICES
from tests.support.kubernetes import stand_ins
from tests.support.kubernetes.cluster import Cluster, a_cluster
from tests.support.kubernetes.documents import a_namespace, a_small_pod
from tests.support.kubernetes.manifests import NAMESPACE, rendered
from tests.support.kubernetes.readme import PAGE, Terminal, a_volume, commands
from tests.support.waiting import wait_for

PASSWORD = "four unusual words together"
PORT = "8080"
"""The page's own, which a test may find taken."""
CONNECTS = "import socket; socket.create_connection(({host!r}, {port}), 5)"


@pytest.fixture(scope="module")
def empty() -> Iterator[Cluster]:
    """A cluster that has nothing of Beckon, on whose node a registry's images are."""
    with a_cluster() as cluster:
        images = {
            workload["metadata"]["name"]: workload["spec"]["template"]["spec"]["containers"][0]["image"]
            for workload in rendered(cluster, "overlays/small")
            if workload["kind"] == "StatefulSet"
        }
        for name, content in (("kafka", stand_ins.kafka()), ("postgres", stand_ins.postgres())):
            cluster.make_image(images.pop(name), content)
            cluster.apply(a_volume(f"for-{name}", cluster.node.make_folder(f"volume-{name}")))
        assert images == {}
        yield cluster


@pytest.fixture(scope="module")
def terminal(empty: Cluster) -> Terminal:
    """An operator who has followed the five commands."""
    terminal = Terminal(empty)
    install, opens, _ = commands("Five commands")
    assert len(install.strip().splitlines()) == 5
    terminal.run(install)
    terminal.run(opens.splitlines()[0])
    return terminal


def test_five_commands_lead_from_an_empty_cluster_to_the_sign_in(terminal: Terminal, browser: Browser) -> None:
    forward = commands("Five commands")[1].splitlines()[1]
    port = str(_free_port())
    assert f" {PORT}:80" in forward
    assert f"`http://localhost:{PORT}/signup` makes the first account; `/signin` is the sign-in" in PAGE.read_text()

    with terminal.keeps_running(forward.replace(f"{PORT}:80", f"{port}:80")):
        console = f"http://localhost:{port}"
        wait_for("the console", lambda: _answers(f"{console}/signin"))
        page = browser.new_context(base_url=console).new_page()
        page.goto("/signup")
        page.get_by_label("E-mail").fill("first@shop.example")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_label("Address of your shop").fill("shop.example")
        page.get_by_role("button", name="Create account").click()
        expect(page).to_have_url(re.compile(r"/sites/.+/setup"))
        page.context.clear_cookies()
        page.goto("/signin")
        page.get_by_label("E-mail").fill("first@shop.example")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page).to_have_url(re.compile(r"/sites/"))


@pytest.mark.usefixtures("terminal")
def test_a_service_reaches_what_its_settings_name_and_nothing_else(empty: Cluster) -> None:
    reached = {
        service: {
            host for host, port in (("kafka", 9092), ("postgres", 5432), ("ingest", 80)) if _reaches(empty, service, host, port)
        }
        for service in SERVICES
    }

    servers = {"kafka", "postgres"}
    assert reached == {"ingest": {"kafka"}, "sources": servers, "orders": servers, "notify": servers, "onboarding": servers}


@pytest.mark.usefixtures("terminal")
def test_a_stranger_is_let_in_by_the_labels_of_the_page_alone(empty: Cluster) -> None:
    _start_stranger(empty)
    orders = empty.read("-n", NAMESPACE, "pods", "-l", "app.kubernetes.io/name=orders")["items"][0]["status"]["podIP"]
    doors = {
        "kafka": ("kafka.beckon", 9092),
        "postgres": ("postgres.beckon", 5432),
        "public": ("ingest.beckon", 80),
        "metrics": (orders, 9090),
    }

    def opened() -> set[str]:
        return {name for name, (host, port) in doors.items() if _stranger_reaches(empty, host, port)}

    assert opened() == set()
    for label, door in (("beckon-gateway", "public"), ("beckon-monitoring", "metrics")):
        empty.kubectl("label", "namespace", "elsewhere", f"{label}=true")
        wait_for(f"a door that {label} opens", partial(_is, opened, {door}))
        empty.kubectl("label", "namespace", "elsewhere", f"{label}-")
        wait_for("a door that is shut again", partial(_is, opened, set()))


def _is(look: Callable[[], set[str]], expected: set[str]) -> bool:
    return look() == expected


def _start_stranger(cluster: Cluster) -> None:
    pod = a_small_pod("elsewhere", "stranger", [], 8080)
    container = pod["spec"]["containers"][0]
    image = cluster.read("-n", NAMESPACE, "statefulset", "postgres")["spec"]["template"]["spec"]["containers"][0]["image"]
    container |= {"image": image, "command": ["/bin/busybox", "sleep", "3600"]}
    del container["readinessProbe"]
    cluster.apply(a_namespace("elsewhere"), pod)
    cluster.kubectl("wait", "-n", "elsewhere", "--for=condition=Ready", "pod/stranger", "--timeout=60s")


def _stranger_reaches(cluster: Cluster, host: str, port: int) -> bool:
    connects = ["/bin/busybox", "timeout", "5", "/bin/bash", "-c", f"exec 3<>/dev/tcp/{host}/{port}"]
    return cluster.attempt("exec", "-n", "elsewhere", "stranger", "--", *connects).returncode == 0


def _reaches(cluster: Cluster, service: str, host: str, port: int) -> bool:
    connects = ["/usr/bin/python3", "-c", CONNECTS.format(host=host, port=port)]
    return cluster.attempt("exec", "-n", NAMESPACE, f"deployment/{service}", "--", *connects).returncode == 0


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False
