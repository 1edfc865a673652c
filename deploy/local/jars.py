"""Apache Kafka's jars: downloaded once per user, each checked against its pinned SHA-256."""

import fcntl
import hashlib
import io
import os
import shutil
import ssl
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import partial
from pathlib import Path

from deploy.local.errors import StartError

PINS = Path(__file__).parent / "jars.sha256"
CONNECT_AND_READ_SECONDS = (10, 60)
# Where systems keep the authorities that they trust: Debian, Red Hat, macOS and Alpine.
SYSTEM_STORES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
Fetch = Callable[[str, Path], None]
Report = Callable[[str], None]


def pinned(pins: Path = PINS) -> dict[str, str]:
    """``group:artifact:version`` to SHA-256."""
    pairs = (line.split() for line in pins.read_text().splitlines())
    return {coordinates: digest for digest, coordinates in pairs}


def file_name(coordinates: str) -> str:
    """``artifact-version.jar``."""
    _, artifact, version = coordinates.split(":")
    return f"{artifact}-{version}.jar"


def cache_folder() -> Path:
    """Where a user's jars are kept, for every checkout that pins the same ones."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "beckon" / f"kafka-{hashlib.sha256(PINS.read_bytes()).hexdigest()[:12]}"


def ensure_jars(folder: Path, report: Report, fetch: Fetch | None = None, pins: Path = PINS) -> Path:
    """Bring what is missing or damaged, so that the folder holds exactly the pinned jars.

    A file gets its name only after its digest was checked: an interrupted download leaves nothing that counts.

    Raises:
        StartError: a jar could not be brought, or what came is not what is pinned.
    """
    wanted = pinned(pins)
    folder.mkdir(parents=True, exist_ok=True)
    with _alone_in(folder):
        _bring_missing(folder, wanted, report, fetch or from_repository)
        _clear(folder, {file_name(name) for name in wanted})
    return folder


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """The cache is shared: another checkout, or a run of the tests, may be downloading into it at this moment."""
    with folder.with_name(f"{folder.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _bring_missing(folder: Path, wanted: dict[str, str], report: Report, fetch: Fetch) -> None:
    missing = [name for name, digest in wanted.items() if digest_of(folder / file_name(name)) != digest]
    for count, coordinates in enumerate(missing, start=1):
        report(f"downloading Kafka {count}/{len(missing)}: {file_name(coordinates)}")
        _bring(coordinates, wanted[coordinates], folder, fetch)


def _clear(folder: Path, keep: set[str]) -> None:
    """Remove what is not pinned: everything with the name of a jar here would be on Kafka's class path."""
    for stranger in {path.name for path in folder.iterdir()} - keep:
        if stranger.endswith(".jar") or stranger.startswith("part-"):
            (folder / stranger).unlink()


def digest_of(path: Path) -> str | None:
    """SHA-256 of a file, None where there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _bring(coordinates: str, digest: str, folder: Path, fetch: Fetch) -> None:
    part = folder / f"part-{file_name(coordinates)}"
    part.unlink(missing_ok=True)
    try:
        fetch(coordinates, part)
        if (found := digest_of(part)) != digest:
            raise StartError(f"{coordinates} came with SHA-256 {found}, pinned is {digest}: nothing was installed.")
        part.replace(folder / file_name(coordinates))
    finally:
        part.unlink(missing_ok=True)


def from_repository(coordinates: str, target: Path) -> None:
    """Download by ``maven-artifact``, which needs neither Java nor Maven; where that fails, by Maven if it is there."""
    try:
        _by_python(coordinates, target)
    except Exception as error:
        if shutil.which("mvn") is None:
            raise StartError(f"{coordinates} could not be downloaded ({type(error).__name__}): check the network.") from None
        _by_maven(coordinates, target)


def _by_python(coordinates: str, target: Path) -> None:
    from maven_artifact import Artifact, Downloader

    # It verifies TLS with certifi alone; a machine with an authority of its own has it in its system store.
    if "REQUESTS_CA_BUNDLE" not in os.environ and (store := system_store()) is not None:
        os.environ["REQUESTS_CA_BUNDLE"] = store
    downloader = Downloader()
    # It would wait for ever for a server that stopped in the middle, and it prints an address for each jar.
    downloader.requestor.request = partial(downloader.requestor.request, timeout=CONNECT_AND_READ_SECONDS)
    with redirect_stdout(io.StringIO()):
        downloader.download(Artifact(*coordinates.split(":")), filename=str(target))


def system_store() -> str | None:
    """The file of authorities that this system trusts; None where there is none, and certifi's list stands."""
    paths = (ssl.get_default_verify_paths().cafile, *SYSTEM_STORES)
    return next((path for path in paths if path is not None and Path(path).is_file()), None)


def _by_maven(coordinates: str, target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = ["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={coordinates}", f"-DoutputDirectory={folder}"]
        done = subprocess.run(command, capture_output=True, timeout=300, check=False)
        found = Path(folder) / file_name(coordinates)
        if done.returncode != 0 or not found.is_file():
            raise StartError(f"{coordinates} could not be downloaded, neither directly nor by mvn: check the network.")
        shutil.copyfile(found, target)
