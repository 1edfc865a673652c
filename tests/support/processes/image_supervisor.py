"""``python -m tests.support.processes.image_supervisor``: the whole of Beckon, its services and commands from their images."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace

from deploy.image.contents import SERVICES
from deploy.local.errors import StartError
from deploy.local.stack import SETUP_SECONDS, Stack
from deploy.local.supervisor import main
from deploy.local.units import Unit
from tests.support.processes.image_containers import environment_of, run_command

STOP_SECONDS = 15.0


class ImageStack(Stack):
    """The servers, the shop and the carrier are this machine's processes; what an image holds runs in a container."""

    def _launch(self, units: Sequence[Unit], seconds: float) -> None:
        super()._launch([self._contained(unit) if unit.name in SERVICES else unit for unit in units], seconds)

    def _contained(self, unit: Unit) -> Unit:
        command = run_command(unit.name, self._name(unit.name), unit.environment)
        return replace(unit, command=command, environment=environment_of(unit.environment), stop_seconds=STOP_SECONDS)

    def module(self, name: str, environment: dict[str, str], *arguments: str) -> None:
        if name != "deploy.command":
            return super().module(name, environment, *arguments)
        command = run_command("migrate", self._name("-".join(arguments)), environment, *arguments)
        done = subprocess.run(
            command, env=environment_of(environment), capture_output=True, text=True, timeout=SETUP_SECONDS, check=False
        )
        if done.returncode != 0:
            raise StartError(f"beckon {' '.join(arguments)}: {done.stderr}")
        return None

    def _name(self, part: str) -> str:
        return f"beckon-{self.ports.base}-{part}"


if __name__ == "__main__":
    sys.exit(main(ImageStack))
