"""``make image``: all images of this checkout, by podman, from archives and wheels that are kept in the user's cache.

``python -m deploy.image.build fetch`` only fills that cache, which is all that needs a network.

``BASE_IMAGE`` and ``BUILD_IMAGE`` name images of a registry instead of the Debian packages that are put together here.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from deploy.image.contents import IMAGES
from deploy.image.debian import make_archives
from deploy.image.podman import name_of, podman
from deploy.image.sbom import write_bill
from deploy.image.wheels import bring_wheels
from deploy.local.errors import StartError
from deploy.local.folders import CHECKOUT
from deploy.local.jars import cache_folder
from shared.runtime.build import UNKNOWN, VERSION

ROOTS = "localhost/beckon-root-"


@dataclass(frozen=True)
class Source:
    """What the images are built from: two builds of one have one digest."""

    commit: str
    created: str
    """When it was committed, by RFC 3339: what is built again is no newer."""


def read_source(checkout: Path) -> Source:
    """The commit that is checked out, marked where files differ from it; outside of a repository ``unknown`` and 1970."""
    git = ["git", "-C", str(checkout)]
    newest = subprocess.run([*git, "log", "-1", "--format=%H %ct"], capture_output=True, text=True, check=False)
    if newest.returncode != 0:
        return Source(UNKNOWN, to_text(0))
    commit, seconds = newest.stdout.split()
    changed = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True, check=True).stdout
    return Source(commit + ("-dirty" if changed else ""), to_text(int(os.environ.get("SOURCE_DATE_EPOCH") or seconds)))


def to_text(seconds: int) -> str:
    """Seconds since 1970 by RFC 3339."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def bases(environment: Mapping[str, str], cache: Path) -> dict[str, str]:
    """The two images that the build begins with: named by the environment, or made here of pinned packages."""
    named = {name: environment[name] for name in ("BASE_IMAGE", "BUILD_IMAGE") if environment.get(name)}
    if len(named) == 2:
        return named
    archives = dict(zip(("BASE_IMAGE", "BUILD_IMAGE"), make_archives(cache, report), strict=True))
    return {name: named.get(name) or load(archive) for name, archive in archives.items()}


def load(archive: Path) -> str:
    """An image of one layer, the archive's content, and named after it: what is built on it then depends on nothing else."""
    content = hashlib.sha256(archive.read_bytes()).hexdigest()[:12]
    image = f"{ROOTS}{archive.stem.partition('-')[0]}:{content}"
    if not podman("images", "--quiet", image):
        recipe = archive.with_suffix(".dockerfile")
        recipe.write_text(f"FROM scratch\nADD {archive.name} /\n")
        podman("build", "--quiet", "--timestamp", "0", "--tag", image, "--file", str(recipe), str(archive.parent))
    return image


def build_images(source: Source, checkout: Path, *options: str, images: tuple[str, ...] = IMAGES) -> dict[str, str]:
    """Build images of a checkout; their ids by name. Options are podman's, for all of them."""
    cache = image_cache()
    wheels = bring_wheels(cache, report)
    arguments = bases(os.environ, cache) | {
        "PIP_FIND_LINKS": "/wheels",
        "PIP_NO_INDEX": "1",
        "VERSION": VERSION,
        "COMMIT": source.commit,
        "CREATED": source.created,
    }
    given = [part for name, value in arguments.items() for part in ("--build-arg", f"{name}={value}")]
    # Files without times: a layer that a commit leaves as it was is not stored, pushed or pulled again.
    common = ["--timestamp", "0", "--volume", f"{wheels}:/wheels:ro", "--network", "none", *given]
    built = {}
    for image in images:
        report(f"building beckon-{image} {VERSION}")
        file = str(checkout / "deploy/image/Dockerfile")
        built[image] = podman("build", "--quiet", "--target", image, *common, *options, "--file", file, str(checkout))
    return built


def image_cache() -> Path:
    """Where archives, packages and wheels are kept, for every checkout of a user."""
    folder = cache_folder().parent / "image"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def report(line: str) -> None:
    """One line of progress."""
    print(f"  {line}", flush=True)


def fetch() -> None:
    """Bring everything that comes from outside, and build nothing."""
    make_archives(image_cache(), report)
    bring_wheels(image_cache(), report)


def is_built(image: str, source: Source) -> bool:
    """Whether this very commit has been built on our own bases before."""
    if source.commit.endswith("-dirty") or source.commit == UNKNOWN or os.environ.keys() & {"BASE_IMAGE", "BUILD_IMAGE"}:
        return False
    if not podman("images", "--quiet", name_of(image)):
        return False
    wanted = '{{index .Labels "org.opencontainers.image.revision"}} {{index .Annotations "org.opencontainers.image.base.name"}}'
    commit, _, base = podman("image", "inspect", "--format", wanted, name_of(image)).partition(" ")
    return commit == source.commit and base.startswith(ROOTS)


def main() -> None:
    """Build what is not there yet, name it, list what it holds."""
    source = read_source(CHECKOUT)
    for image, found in build_images(
        source, CHECKOUT, images=tuple(each for each in IMAGES if not is_built(each, source))
    ).items():
        podman("tag", found, name_of(image))
    report("listing what they hold")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        bills = list(pool.map(write_bill, IMAGES))
    for image, bill in zip(IMAGES, bills, strict=True):
        found, size = podman("image", "inspect", "--format", "{{.Id}} {{.Size}}", name_of(image)).split()
        report(f"{name_of(image)}  {found[:12]}  {int(size) // 1_000_000} MB  {bill}")


if __name__ == "__main__":
    try:
        fetch() if sys.argv[1:] == ["fetch"] else main()
    except StartError as error:
        sys.exit(f"beckon: {error}")
