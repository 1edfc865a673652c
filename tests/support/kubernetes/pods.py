"""The whole of Beckon in pods, applied as an operator applies it, with the demo's shop and carrier outside."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from deploy.image.contents import IMAGES
from deploy.image.podman import name_of, podman
from deploy.local.folders import CHECKOUT
from deploy.local.services import DEMO_ACCOUNT, DEMO_BUDGETS
from deploy.local.units import Unit
from shared.events.catalogue import SERVICES
from tests.support.kubernetes.cluster import Cluster
from tests.support.kubernetes.machine import command_of, processes_in
from tests.support.kubernetes.manifests import FOLDER, NAMESPACE
from tests.support.kubernetes.outside import Outside, an_outside
from tests.support.kubernetes.overlay import CARRIER, THIS_RELEASE, Release, write_overlay
from tests.support.processes.probes import is_ok
from tests.support.processes.running import Running
from tests.support.processes.servers import Server
from tests.support.stories.story import PACE
from tests.support.waiting import wait_for

WITH_ADDRESS = ("onboarding", "ingest", "notify")
READY_WITHIN = "180s"


class Pods(Running):
    """A running Beckon whose services are pods."""

    def __init__(self, cluster: Cluster, outside: Outside) -> None:
        super().__init__(outside.folders.state, outside.ports, {})
        self.cluster, self.outside = cluster, outside
        self.addresses = {name: cluster.addresses.service(place) for place, name in enumerate(WITH_ADDRESS)}

    def console(self, path: str = "/") -> str:
        """An address of the console."""
        return f"http://{self.addresses['onboarding']}{path}"

    def ingest(self, path: str = "") -> str:
        """An address of ingest."""
        return f"http://{self.addresses['ingest']}{path}"

    def secrets(self) -> dict[str, Any]:
        """The password of the demo's merchant."""
        return {"console_password": self.outside.secrets.console_password}

    def kubectl(self, *arguments: str) -> str:
        """In Beckon's namespace."""
        return self.cluster.kubectl("-n", NAMESPACE, *arguments)

    def read(self, *arguments: str) -> Any:
        """In Beckon's namespace, parsed."""
        return self.cluster.read("-n", NAMESPACE, *arguments)

    def pods_of(self, service: str) -> list[dict[str, Any]]:
        """Those that are not on their way out."""
        found = self.read("pods", "-l", f"app.kubernetes.io/name={service}")["items"]
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]

    def freeze(self, pod: dict[str, Any]) -> None:
        """SIGSTOP to the one process of a pod's container, from outside of its namespaces."""
        (pid,) = [pid for pid in processes_in(f"pod{pod['metadata']['uid']}") if "services." in command_of(pid)]
        os.kill(pid, signal.SIGSTOP)

    def roll(self) -> None:
        """Ask for new pods of every service; the old ones go as the new ones get ready."""
        self.kubectl("rollout", "restart", "deployment")

    def scale(self, replicas: int, *services: str) -> None:
        """Ask for so many pods of each."""
        self.kubectl("scale", f"--replicas={replicas}", "deployment", *services)

    def wait_rolled(self) -> None:
        """Every service has just the pods that it is to have, all ready, and none on its way out."""
        for service in self._revisions():
            self.kubectl("rollout", "status", "deployment", service, f"--timeout={READY_WITHIN}")
            wait_for(f"an end of the other pods of {service}", partial(self._has_its_replicas, service), 90)

    def _has_its_replicas(self, service: str) -> bool:
        all_pods = self.read("pods", "-l", f"app.kubernetes.io/name={service}")["items"]
        return bool(len(all_pods) == self.read("deployment", service)["spec"]["replicas"])

    def import_images(self, release: Release = THIS_RELEASE) -> None:
        """Those that were built of a release."""
        archive = self.cluster.folder / "beckon.tar"
        names = [f"{name_of(image).partition(':')[0]}:{release.tag}" for image in IMAGES]
        podman("save", "--multi-image-archive", "--quiet", "--output", f"{archive}", *names)
        self.cluster.node.import_image(archive)
        archive.unlink()

    def install(self, release: Release) -> None:
        """An operator's commands: namespace, secrets, overlay."""
        self.cluster.kubectl("apply", "--server-side", "-f", f"{FOLDER}/base/namespace.yaml")
        made = subprocess.run([f"{FOLDER}/secrets.sh"], capture_output=True, text=True, check=True, timeout=60).stdout
        self.cluster.kubectl("-n", NAMESPACE, "create", "-f", "-", data=made)
        self.outside.make_database(_passwords(made))
        self.apply(release)

    def apply(self, release: Release) -> None:
        """Its overlay. Both releases may have one number, so the Jobs of the other are taken away first, as the page has it."""
        self.kubectl("delete", "jobs", "--all")
        folder = self.cluster.folder / f"overlay-{release.tag}"
        write_overlay(folder, release, self.outside, self.addresses, self._settings())
        self.cluster.kubectl("apply", "--server-side", "-k", f"{folder}")

    def roll_back(self) -> None:
        """Every service goes back to the pods that it had before; one that the older release does not know has none."""
        for service, revision in self._revisions().items():
            if revision > 1:
                self.kubectl("rollout", "undo", f"deployment/{service}")
            else:
                self.scale(0, service)

    def _revisions(self) -> dict[str, int]:
        """How many versions of its pods each service has had."""
        found = {each["metadata"]["name"]: each["metadata"] for each in self.read("deployments")["items"]}
        number = "deployment.kubernetes.io/revision"
        return {name: int(found[name]["annotations"][number]) for name in SERVICES if name in found}

    def tags(self) -> set[str]:
        """The tags of the images that services run from."""
        found = [pod["spec"]["containers"][0]["image"] for service in SERVICES for pod in self.pods_of(service)]
        return {image.rpartition(":")[2] for image in found}

    def wait_available(self) -> None:
        """Jobs are completed and every Deployment has its pods ready."""
        self.kubectl("wait", "--for=condition=Complete", f"--timeout={READY_WITHIN}", "job", "--all")
        self.kubectl("wait", "--for=condition=Available", f"--timeout={READY_WITHIN}", "deployment", "--all")

    def _public(self) -> dict[str, str]:
        console, ingest, notify = (f"http://{self.addresses[name]}" for name in WITH_ADDRESS)
        return {"BECKON_PUBLIC_CONSOLE": console, "BECKON_PUBLIC_INGEST": ingest, "BECKON_PUBLIC_NOTIFY": notify}

    def _settings(self) -> dict[str, str]:
        pace = {"BECKON_GIVE_UP_SECONDS": PACE["BECKON_GIVE_UP_SECONDS"]}
        carrier = {"BECKON_TWILIO_API": f"http://{CARRIER}:{self.ports.of('demo')}"}
        return {"BECKON_PROFILE": "demo", **DEMO_BUDGETS, **pace, **carrier, **self._public()}

    def demo(self) -> Server:
        """Shop, office, carrier and phones, not started yet."""
        command = (sys.executable, "-m", "deploy.demo")
        address = f"{self.ports.address('demo')}/healthz"
        unit = Unit("demo", command, self._demo_environment(), ready=lambda: is_ok(address), folder=CHECKOUT)
        return Server(unit, self.outside.folders, address)

    def seed(self) -> None:
        """The demo's merchant signs up and pastes the codes."""
        command = [sys.executable, "-m", "deploy.demo.seed"]
        subprocess.run(command, cwd=CHECKOUT, env=self._demo_environment(), check=True, timeout=90)

    def _demo_environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{CHECKOUT}",
            **PACE,
            **self._public(),
            "BECKON_HTTP_PORT": f"{self.ports.of('demo')}",
            "BECKON_PUSH_PORT": f"{self.ports.of('push')}",
            "BECKON_DEMO_STATE": f"{self.outside.folders.demo}",
            "BECKON_DEMO_ACCOUNT": DEMO_ACCOUNT,
            "BECKON_DEMO_PASSWORD": self.outside.secrets.console_password,
        }


def _passwords(secrets: str) -> dict[str, str]:
    """The database's roles with their passwords, out of the Secrets that the script printed."""
    found = [each["stringData"] for each in yaml.safe_load_all(secrets) if each["metadata"]["name"].startswith("database-")]
    return {each["username"]: each["password"] for each in found if each["username"] != "postgres"}


@contextmanager
def beckon_in_pods(cluster: Cluster, state: Path, release: Release = THIS_RELEASE) -> Iterator[Pods]:
    """Apply overlay small of a release and wait until a shop is set up in it."""
    began = time.monotonic()
    with an_outside(cluster.addresses.host, state) as outside:
        pods = Pods(cluster, outside)
        pods.import_images(release)
        demo = pods.demo()
        try:
            pods.install(release)
            demo.start()
            pods.wait_available()
            pods.seed()
            print(f"Beckon in pods, ready after {time.monotonic() - began:.0f} s")
            yield pods
        finally:
            demo.kill()
