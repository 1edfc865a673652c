"""The Secrets that ``secrets.sh`` makes, as the files that a pod sees."""

import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.contract.kubernetes.rendering import FOLDER, Document

MOUNTED_AT = "/run/secrets/beckon"


def made_secrets(*arguments: str) -> dict[str, dict[str, str]]:
    """Every Secret of one run of the script, name to keys and values."""
    done = subprocess.run([str(FOLDER / "secrets.sh"), *arguments], capture_output=True, text=True, check=True)
    return {each["metadata"]["name"]: each["stringData"] for each in yaml.safe_load_all(done.stdout)}


def write_files(workload: Document, secrets: dict[str, dict[str, str]], folder: Path) -> None:
    """Lay out what a workload's secrets volume holds."""
    volumes: list[dict[str, Any]] = workload["spec"]["template"]["spec"].get("volumes", [])
    for volume in volumes:
        for source in volume.get("projected", {}).get("sources", []):
            secret = secrets[source["secret"]["name"]]
            items = source["secret"].get("items") or [{"key": key, "path": key} for key in secret]
            for item in items:
                (folder / item["path"]).write_text(secret[item["key"]])


def with_files_in(environment: dict[str, str], folder: Path) -> dict[str, str]:
    """The environment of a pod whose secrets lie in this folder instead."""
    return {name: value.replace(MOUNTED_AT, str(folder)) for name, value in environment.items()}
