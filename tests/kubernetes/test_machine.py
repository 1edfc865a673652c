"""The machine that a cluster runs in: whatever happens to a run, nothing of it is left on the host."""

import signal
import subprocess
import sys
from pathlib import Path

from tests.support.kubernetes.machine import CGROUPS, Machine
from tests.support.waiting import wait_for

A_RUN = """
import signal, sys
from pathlib import Path
from tests.support.kubernetes.machine import Machine

machine = Machine(Path(sys.argv[1]))
machine.start()
machine.spawn("orphan", ["sh", "-c", "setsid sleep 98765 & wait"])
machine.run("ip", "link", "add", "pods", "type", "bridge")
machine.run("sh", "-c", "echo of-a-pod > /run/of-a-pod; echo of-a-pod > /var/of-a-pod; mkdir -p " + f"{machine.state}/mounted")
machine.run("mount", "-t", "tmpfs", "tmpfs", f"{machine.state}/mounted")
print(machine.addresses.link, flush=True)
signal.pause()
"""


def test_a_run_that_is_killed_leaves_no_process_mount_file_or_link(tmp_path: Path) -> None:
    checkout = Path(__file__).parents[2]
    run = subprocess.Popen([sys.executable, "-c", A_RUN, tmp_path], cwd=checkout, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    link = run.stdout.readline().strip()
    assert "98765" in _commands()
    assert link in _links()

    run.send_signal(signal.SIGKILL)
    run.wait(10)

    wait_for("an end of its processes and its link", lambda: "98765" not in _commands() and link not in _links())
    assert f"{tmp_path}" not in Path("/proc/self/mounts").read_text()
    assert [path for path in ("/run/of-a-pod", "/var/of-a-pod") if Path(path).exists()] == []


def test_a_run_that_is_stopped_leaves_no_group(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.start()
    name = machine.cgroup
    assert list(CGROUPS.glob(f"*/{name}")) + list(CGROUPS.glob(name)) != []

    machine.stop()

    assert list(CGROUPS.glob(f"*/{name}")) + list(CGROUPS.glob(name)) == []
    assert name not in _links()


def _commands() -> str:
    return subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout


def _links() -> list[str]:
    return [path.name for path in Path("/sys/class/net").iterdir()]
