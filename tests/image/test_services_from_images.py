"""The services as a cluster starts them: from their images, read-only, as nobody, over real servers."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from deploy.image.contents import SERVICES
from deploy.image.podman import name_of, podman
from deploy.local.services import DEMO_ACCOUNT
from shared.runtime.build import VERSION
from tests.support.browsers.shoppers import Shopper
from tests.support.processes.image_containers import environment_of, inspected, run_command
from tests.support.processes.probes import is_ok
from tests.support.processes.running import Running
from tests.support.processes.servers import free_port
from tests.support.stories.carrier_log import CarrierLog
from tests.support.stories.console_api import ConsoleApi
from tests.support.stories.story import SILENT_FOR, Thread
from tests.support.waiting import wait_for

START_CPU_SECONDS = 5.0
READY_SECONDS = 60.0


def test_a_cart_is_recovered_by_services_that_run_from_their_images(contained: Running, browser: Browser) -> None:
    carrier = CarrierLog(contained.ports.address("demo"))
    console = ConsoleApi(contained.console("").rstrip("/"), DEMO_ACCOUNT, contained.secrets()["console_password"])
    anna = Thread(browser, contained, carrier, console, "+14235557101")
    anna.leaves_a_cart()

    anna.assert_reminded_once()
    elsewhere = Shopper(browser, contained)
    elsewhere.follows(anna.handset.link())
    expect(elsewhere.page.get_by_text("Old Harbor Red").first).to_be_visible()
    elsewhere.pays(anna.email, anna.number)
    wait_for("the recovered order", lambda: console.overview()["recovered_orders"] == 1)
    carrier.holds(SILENT_FOR)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_ready_soon_reports_its_release_and_ends_by_sigterm(service: str, contained: Running) -> None:
    with beside(contained, service) as (container, probes):
        began = wait_for("a ready service", lambda: is_ok(f"{probes}/readyz") and cpu_seconds(container), READY_SECONDS)
        live, metrics = httpx.get(f"{probes}/livez"), httpx.get(f"{probes}/metrics")

        podman("stop", "--time=30", container)

        assert began < START_CPU_SECONDS
        assert live.status_code == 200
        assert f'beckon_build_info{{commit="{commit_of(service)}",version="{VERSION}"}} 1.0' in metrics.text
        assert inspected(container)["State"]["ExitCode"] == 0, podman("logs", container)


@contextmanager
def beside(contained: Running, service: str) -> Iterator[tuple[str, str]]:
    """A second process of a service, on ports of its own: its container, and the address of its probes."""
    lines = Path(f"/proc/{contained.pid(service)}/environ").read_bytes().decode().rstrip("\0").split("\0")
    settings = dict(line.split("=", 1) for line in lines if line.startswith("BECKON_"))
    settings |= {name: str(free_port()) for name in ("BECKON_HTTP_PORT", "BECKON_METRICS_PORT") if name in settings}
    container = f"beckon-{contained.ports.base}-second-{service}"
    command = [part for part in run_command(service, container, settings) if part != "--rm"]
    command.insert(command.index("run") + 1, "--detach")
    subprocess.run(command, env=environment_of(settings), capture_output=True, check=True)
    try:
        yield container, f"http://127.0.0.1:{settings['BECKON_METRICS_PORT']}"
    finally:
        podman("rm", "--force", container)


def cpu_seconds(container: str) -> float:
    """What the process of a container has computed so far: its start, whoever else is using this machine."""
    fields = Path(f"/proc/{inspected(container)['State']['Pid']}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def commit_of(service: str) -> str:
    """The commit on the image's label."""
    labels: dict[str, str] = json.loads(podman("image", "inspect", "--format", "{{json .Labels}}", name_of(service)))
    return labels["org.opencontainers.image.revision"]
