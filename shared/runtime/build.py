"""What runs: the release, and the commit that an image was built from."""

import os

from prometheus_client import REGISTRY, CollectorRegistry, Info

from shared.runtime.setting_names import PREFIX

VERSION = "0.1.0"
UNKNOWN = "unknown"


def commit() -> str:
    """The commit, which the image sets as ``BECKON_COMMIT``; ``unknown`` outside of one."""
    return os.environ.get(f"{PREFIX}COMMIT") or UNKNOWN


def expose_build(registry: CollectorRegistry = REGISTRY) -> None:
    """Register ``beckon_build_info``, with the release and the commit as labels."""
    Info("beckon_build", "The release and the commit of this process.", registry=registry).info(
        {"version": VERSION, "commit": commit()}
    )
