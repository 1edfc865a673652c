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

    def holds(self, service: str) -> list[dict[str, Any]]:
        """The holds of a service that stand."""
        found: list[dict[str, Any]] = json.loads(self.run(service, "holds", "list", service, "--json"))
        return found

    def lag(self) -> int:
        """How many records no service has applied yet."""
        return sum(row["records"] for row in json.loads(self.run("orders", "lag", "--json")))
