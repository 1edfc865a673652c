"""An operator at the machine of a running Beckon: the command, with the environment of a service."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from deploy.local.folders import folders_at
from deploy.local.secrets import load_secrets
from deploy.local.services import Environment
from tests.support.processes.running import CHECKOUT, Running


@dataclass(frozen=True)
class Operator:
    """Runs ``beckon``."""

    beckon: Running

    def run(self, service: str, *arguments: str) -> str:
        """Run a command that must succeed. Returns its output."""
        state = self.beckon.state
        secrets = load_secrets(state / "secrets.json")
        environment = Environment(self.beckon.ports, secrets, folders_at(state), os.environ).of(service)
        done = subprocess.run(
            [sys.executable, "-m", "deploy.command", *arguments],
            env=environment,
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"beckon {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def here(self, *arguments: str) -> str:
        """Run the command of one machine, which finds its environment by itself, and must succeed. Returns its output."""
        done = self.tries_here(*arguments)
        assert done.returncode == 0, f"beckon {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    def tries_here(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run it, whatever its end."""
        where = {"BECKON_STATE": str(self.beckon.state), "BECKON_BASE_PORT": str(self.beckon.ports.base)}
        own = {name: value for name, value in os.environ.items() if not name.startswith("BECKON_")}
        return subprocess.run(
            [str(CHECKOUT / "deploy/local/beckon"), *arguments],
            env=own | where,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def holds(self, service: str) -> list[dict[str, Any]]:
        """The holds of a service that stand."""
        found: list[dict[str, Any]] = json.loads(self.run(service, "holds", "list", service, "--json"))
        return found

    def lag(self) -> int:
        """How many records no service has applied yet."""
        return sum(row["records"] for row in json.loads(self.run("orders", "lag", "--json")))
