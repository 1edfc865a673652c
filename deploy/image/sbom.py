"""A software bill of materials for each image: CycloneDX, by syft, of what the finished image itself holds."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.image.podman import name_of, podman
from deploy.local.errors import StartError
from deploy.local.folders import CHECKOUT

FOLDER = CHECKOUT / ".beckon" / "images"
SYFT = Path(sys.executable).parent / "syft"


def path_of(image: str) -> Path:
    """The file of an image."""
    return FOLDER / f"beckon-{image}.cdx.json"


def write_bill(image: str) -> Path:
    """List the Python and the Debian packages that an image holds.

    Raises:
        StartError: syft could not.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    title, version = f"beckon-{image}", podman("image", "inspect", "--format", "{{.Id}}", name_of(image))
    if _is_of(path_of(image), version):
        return path_of(image)
    with tempfile.TemporaryDirectory() as work:
        archive = Path(work) / "image.tar"
        podman("save", "--quiet", "--format", "oci-archive", "--output", str(archive), name_of(image))
        named = ["--source-name", title, "--source-version", version, "--output", f"cyclonedx-json={path_of(image)}"]
        environment = dict(os.environ) | {"SYFT_CHECK_FOR_APP_UPDATE": "false"}
        command = [str(SYFT), "scan", f"oci-archive:{archive}", "--quiet", *named]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StartError(f"syft could not list what {title} holds: {done.stderr.strip()[-500:]}")
    return path_of(image)


def _is_of(bill: Path, version: str) -> bool:
    """Whether a bill was written for this very image before."""
    return bill.is_file() and bool(json.loads(bill.read_text())["metadata"]["component"]["version"] == version)
