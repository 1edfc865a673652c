"""Two builds of one commit: elsewhere, later, from files with other modes and times, they have one digest."""

import subprocess
from pathlib import Path

from deploy.image.build import build_images, read_source
from deploy.image.podman import name_of, podman
from deploy.local.folders import CHECKOUT


def test_a_build_from_another_folder_without_a_cache_gives_the_same_images(tmp_path: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=CHECKOUT, capture_output=True, check=True
    )
    for name in filter(None, tracked.stdout.decode().split("\0")):
        copy = tmp_path / name
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        copy.write_bytes((CHECKOUT / name).read_bytes())
        copy.chmod(0o600)

    again = build_images(read_source(CHECKOUT), tmp_path, "--no-cache", images=("orders",))

    assert again == {"orders": podman("image", "inspect", "--format", "{{.Id}}", name_of("orders"))}
