"""What `make test` prints on a machine that lacks something, before anything else happens."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[3]
SCRIPT = CHECKOUT / "deploy" / "local" / "prerequisites.sh"
EVERYWHERE = (
    "awk",
    "bash",
    "cat",
    "cut",
    "env",
    "find",
    "grep",
    "head",
    "make",
    "mktemp",
    "rm",
    "sh",
    "sha256sum",
    "sed",
    "tail",
)
BROWSERS = ("chromium", "firefox-esr")
PROGRAMS = ("git", "ps", "python3", "kubectl", *BROWSERS)


KUBECTL = """echo '{"clientVersion": {"major": "1", \n    "minor": "%s", \n}}'"""
BODIES = {"python3": f'exec {sys.executable} "$@"', "kubectl": KUBECTL % "32"}


class Machine:
    """A machine with the named programs and no others; ``apt-get`` notes what it is asked for."""

    def __init__(self, folder: Path, *programs: str, user: int = 0, apt: str | None = None) -> None:
        self.programs, self.asked = folder / "bin", folder / "asked"
        self.programs.mkdir()
        for name in EVERYWHERE:
            found = shutil.which(name)
            assert found is not None, f"{name} is on every machine"
            (self.programs / name).symlink_to(found)
        for name in programs:
            self.add(name, BODIES.get(name, "exit 0"))
        self.add("id", f"echo {user}")
        (self.programs / ".local/share/fonts").mkdir(parents=True)
        (self.programs / ".local/share/fonts/any.ttf").touch()
        if apt is not None:
            self.add("apt-get", f'echo "$@" >> {self.asked}; {apt}')

    def add(self, name: str, body: str) -> None:
        """Install a program that is these lines of shell."""
        program = self.programs / name
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)

    def run(self, *command: str, folder: Path = CHECKOUT) -> "subprocess.CompletedProcess[str]":
        """Run it with nothing in its environment but the way to the programs."""
        environment = {"PATH": str(self.programs), "HOME": str(self.programs)}
        return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_make_test_without_a_browser_names_in_one_line_what_to_install(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "git", "ps", "python3")

    ended = machine.run("make", "test")

    first, *rest = ended.stderr.splitlines()
    assert first.startswith("beckon: install this first: chromium firefox-esr")
    assert [line for line in rest if not line.startswith("make")] == []
    assert (ended.returncode, ended.stdout) == (2, ""), "nothing was run, and nothing installed"


@pytest.mark.parametrize("lacking", BROWSERS)
def test_each_browser_is_searched(tmp_path: Path, lacking: str) -> None:
    machine = Machine(tmp_path, *(name for name in PROGRAMS if name != lacking))

    ended = machine.run(str(SCRIPT), "test")

    assert ended.returncode == 1
    assert f"first: {lacking} (" in ended.stderr


@pytest.mark.parametrize("minor", ["20", "26+"])
def test_a_kubectl_that_is_too_old_is_named_with_its_remedy(tmp_path: Path, minor: str) -> None:
    machine = Machine(tmp_path, *PROGRAMS, apt="exit 1")
    machine.add("kubectl", KUBECTL % minor)

    ended = machine.run(str(SCRIPT), "test")

    assert ended.returncode == 1
    assert ended.stderr.startswith("beckon: install kubectl 1.27 or newer")


def test_a_machine_that_has_everything_is_left_alone(tmp_path: Path) -> None:
    machine = Machine(tmp_path, *PROGRAMS, apt="exit 1")

    ended = machine.run(str(SCRIPT), "test")

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert not machine.asked.exists()


def test_root_on_debian_gets_what_is_missing_by_apt(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "ps", "python3", "kubectl", "chromium", apt="exit 0")

    ended = machine.run(str(SCRIPT), "test")

    assert ended.returncode == 0
    assert machine.asked.read_text().splitlines() == ["update -qq", "install -y -qq git firefox-esr"]


def test_the_lighter_browser_is_installed_where_debian_has_it_and_missed_nowhere(tmp_path: Path) -> None:
    machine = Machine(tmp_path, *PROGRAMS, apt="exit 100")
    machine.add("apt-cache", "exit 0")

    ended = machine.run(str(SCRIPT), "test")

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert machine.asked.read_text().splitlines() == ["install -y -qq chromium-headless-shell"]


def test_who_is_not_root_installs_by_hand(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "python3", user=1000, apt="exit 0")

    ended = machine.run(str(SCRIPT), "test")

    assert ended.returncode == 1
    assert "git procps chromium firefox-esr" in ended.stderr
    assert not machine.asked.exists()


def test_what_apt_cannot_install_is_named_in_one_line(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "git", "ps", "python3", "kubectl", "chromium", apt="echo E: Unable to locate it; exit 100")

    ended = machine.run(str(SCRIPT), "test")

    assert ended.returncode == 1
    assert ended.stderr.splitlines() == ["beckon: apt could not install firefox-esr: E: Unable to locate it"]


def test_a_cluster_needs_root_on_debian_and_a_kubectl_which_is_named(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "containerd", "runc", "ip", "iptables", "openssl", apt="exit 0")
    machine.add("uname", "echo Linux")

    without_kubectl = machine.run(str(SCRIPT), "kubernetes")
    machine.add("kubectl", BODIES["kubectl"])
    complete = machine.run(str(SCRIPT), "kubernetes")
    machine.add("id", "echo 1000")
    not_root = machine.run(str(SCRIPT), "kubernetes")

    assert without_kubectl.stderr.startswith("beckon: install kubectl 1.32")
    assert complete.returncode == 0
    assert not_root.stderr == "beckon: a Kubernetes of one node needs Debian as root\n"
    assert (without_kubectl.returncode, not_root.returncode) == (1, 1)


def test_images_need_podman_and_what_it_runs_with(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "git", "iptables", "runc", apt="exit 0")

    as_root = machine.run(str(SCRIPT), "image")
    machine.add("id", "echo 1000")
    not_root = machine.run(str(SCRIPT), "image")

    assert as_root.returncode == 0
    assert machine.asked.read_text().splitlines() == ["update -qq", "install -y -qq podman catatonit uidmap"]
    assert not_root.stderr.startswith("beckon: install this first: podman catatonit uidmap (")


def test_the_demo_needs_no_browser(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "python3")

    assert machine.run(str(SCRIPT), "python", folder=tmp_path).returncode == 0


def test_a_python_that_is_too_old_is_named(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.add("python3", "exit 1")

    ended = machine.run(str(SCRIPT), "python", folder=tmp_path)

    assert ended.returncode == 1
    assert ended.stderr == "beckon: needs Python 3.11 to 3.13 as python3; name another with PYTHON=...\n"


def test_make_alone_lists_every_target_in_one_line_each(tmp_path: Path) -> None:
    targets = {
        line.split(":")[0] for line in (CHECKOUT / "Makefile").read_text().splitlines() if ":  ## " in line or ")  ## " in line
    }

    output = Machine(tmp_path).run("make").stdout

    listed = [line.split()[1] for line in output.splitlines() if line.startswith("  make ")]
    assert sorted(listed) == sorted(targets)
    assert {"demo", "test", "check", "help"} <= targets
