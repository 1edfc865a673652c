"""Apache Kafka's jars: downloaded once per user, each checked against its pinned SHA-256."""

import hashlib
import os
import shutil
import ssl
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from deploy.local.trouble import Trouble

PINS = Path(__file__).parent / "jars.sha256"
Fetch = Callable[[str, Path], None]
Say = Callable[[str], None]


def pinned(pins: Path = PINS) -> dict[str, str]:
    """``group:artifact:version`` to SHA-256."""
    pairs = (line.split() for line in pins.read_text().splitlines())
    return {coordinates: digest for digest, coordinates in pairs}


def file_name(coordinates: str) -> str:
    """``artifact-version.jar``."""
    _, artifact, version = coordinates.split(":")
    return f"{artifact}-{version}.jar"


def cache_folder() -> Path:
    """Where a user's jars are kept, for every checkout."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "beckon" / "kafka"


def ensure_jars(folder: Path, say: Say, fetch: Fetch | None = None, pins: Path = PINS) -> Path:
    """Bring what is missing or damaged, so that the folder holds exactly the pinned jars.

    A file gets its name only after its digest was checked: an interrupted download leaves nothing that counts.

    Raises:
        Trouble: a jar could not be brought, or what came is not what is pinned.
    """
    wanted = pinned(pins)
    folder.mkdir(parents=True, exist_ok=True)
    missing = [name for name, digest in wanted.items() if digest_of(folder / file_name(name)) != digest]
    fetch = fetch or from_repository
    for count, coordinates in enumerate(missing, start=1):
        say(f"downloading Kafka {count}/{len(missing)}: {file_name(coordinates)}")
        _bring(coordinates, wanted[coordinates], folder, fetch)
    for stranger in {path.name for path in folder.iterdir()} - {file_name(name) for name in wanted}:
        if stranger.endswith(".jar") or stranger.startswith("part-"):
            (folder / stranger).unlink()
    return folder


def digest_of(path: Path) -> str | None:
    """SHA-256 of a file, None where there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _bring(coordinates: str, digest: str, folder: Path, fetch: Fetch) -> None:
    handle, name = tempfile.mkstemp(prefix="part-", dir=folder)
    os.close(handle)
    part = Path(name)
    try:
        fetch(coordinates, part)
        if (found := digest_of(part)) != digest:
            raise Trouble(f"{coordinates} came with SHA-256 {found}, pinned is {digest}: nothing was installed.")
        part.replace(folder / file_name(coordinates))
    finally:
        part.unlink(missing_ok=True)


def from_repository(coordinates: str, target: Path) -> None:
    """Download by ``maven-artifact``, which needs neither Java nor Maven; where that fails, by Maven if it is there."""
    try:
        _by_python(coordinates, target)
    except Exception as error:
        if shutil.which("mvn") is None:
            raise Trouble(f"{coordinates} could not be downloaded ({type(error).__name__}): check the network.") from None
        _by_maven(coordinates, target)


def _by_python(coordinates: str, target: Path) -> None:
    from maven_artifact import Artifact, Downloader

    # It verifies TLS with certifi alone; a machine with an authority of its own says so in its system store.
    system_store = ssl.get_default_verify_paths().cafile
    if system_store and "REQUESTS_CA_BUNDLE" not in os.environ:
        os.environ["REQUESTS_CA_BUNDLE"] = system_store
    if not Downloader().download(Artifact(*coordinates.split(":")), filename=str(target)):
        raise OSError("refused")


def _by_maven(coordinates: str, target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = ["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={coordinates}", f"-DoutputDirectory={folder}"]
        done = subprocess.run(command, capture_output=True, timeout=300, check=False)
        found = Path(folder) / file_name(coordinates)
        if done.returncode != 0 or not found.is_file():
            raise Trouble(f"{coordinates} could not be downloaded, neither directly nor by mvn: check the network.")
        shutil.copyfile(found, target)
