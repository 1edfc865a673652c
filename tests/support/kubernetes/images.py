"""Images of programs that this machine has, written without any registry, as ``docker save`` writes them."""

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Content:
    """What an image holds, and what it begins with."""

    files: Mapping[str, Path | bytes]
    """A file or a whole folder of this machine, or the bytes of a program, by its path in the image."""
    entry: Sequence[str]
    links: Mapping[str, str] = field(default_factory=dict)
    """Symbolic links, by their path."""
    path: str = "/"
    """Where commands are searched for."""


def write_image(archive: Path, name: str, content: Content) -> None:
    """Write it to an archive that ``ctr images import`` takes."""
    layer = archive.with_suffix(".layer")
    with tarfile.open(layer, mode="w", dereference=False) as tar:
        for place, source in content.files.items():
            _add(tar, place.lstrip("/"), source)
        for place, target in content.links.items():
            link = tarfile.TarInfo(place.lstrip("/"))
            link.type, link.linkname = tarfile.SYMTYPE, target
            tar.addfile(link)
    with layer.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {
            "Entrypoint": list(content.entry),
            "Env": [f"PATH={content.path}"],
            "User": "10001:10001",
            "WorkingDir": "/",
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
    }
    manifest = [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
    with tarfile.open(archive, mode="w") as tar:
        tar.add(layer, "layer.tar", filter=_for_everybody)
        _add(tar, "config.json", json.dumps(config).encode())
        _add(tar, "manifest.json", json.dumps(manifest).encode())
    layer.unlink()


def _add(tar: tarfile.TarFile, place: str, source: Path | bytes) -> None:
    if isinstance(source, bytes):
        entry = tarfile.TarInfo(place)
        entry.size, entry.mode = len(source), 0o755
        tar.addfile(entry, io.BytesIO(source))
    else:
        tar.add(source.resolve(), place, filter=_for_everybody)


def _for_everybody(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Read by all, run by all where its owner may."""
    entry.mode |= 0o444 | (entry.mode & 0o100) >> 3 | (entry.mode & 0o100) >> 6
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    return entry
