"""Images of one static program out of a package of Debian, written without any registry, as ``docker save`` writes them."""

import hashlib
import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path


def tiny_image(archive: Path, name: str, program: Path, command: Sequence[str]) -> None:
    """Write an image that holds ``program`` under its own name in / and begins with ``command``."""
    layer = _tar({program.name: (program.read_bytes(), 0o755)})
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Entrypoint": list(command), "User": "10001:10001", "WorkingDir": "/"},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
    }
    manifest = [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
    parts = {"layer.tar": layer, "config.json": json.dumps(config).encode(), "manifest.json": json.dumps(manifest).encode()}
    archive.write_bytes(_tar({key: (content, 0o644) for key, content in parts.items()}))


def _tar(files: dict[str, tuple[bytes, int]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, (content, mode) in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), mode
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
