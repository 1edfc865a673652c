"""What an image holds: enough for its service, nothing for a burglar, and what its list says."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from deploy.image.contents import IMAGES, SERVICES, files_of
from deploy.image.debian import FOR_BUILDING, pinned
from deploy.image.podman import name_of, podman
from deploy.image.sbom import path_of
from deploy.local.folders import CHECKOUT
from shared.runtime.build import VERSION
from tests.support.processes.image_containers import AS_RESTRICTED, entry_point

MOST_BYTES = 150_000_000
INSIDE = Path(__file__).parent / "inside.py"
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)


@pytest.fixture(scope="module", params=IMAGES)
def image(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def found(image: str) -> dict[str, Any]:
    """What ``inside.py`` finds, run by the image's own Python as a cluster runs the image."""
    mount, run = f"--volume={INSIDE}:/inside.py:ro", entry_point("/usr/bin/python3", "/inside.py")
    report: dict[str, Any] = json.loads(podman("run", "--rm", *AS_RESTRICTED, mount, *run, name_of(image)))
    return report


@pytest.fixture(scope="module")
def components(image: str) -> dict[str, set[tuple[str, str]]]:
    """The name and the version of each package of an image's bill of materials, by kind."""
    listed = json.loads(path_of(image).read_text())
    assert (listed["bomFormat"], listed["metadata"]["component"]["name"]) == ("CycloneDX", f"beckon-{image}")
    packages = [each for each in listed["components"] if "purl" in each]
    kinds = {each["purl"].removeprefix("pkg:").split("/")[0] for each in packages}
    return {
        kind: {(each["name"], each["version"]) for each in packages if each["purl"].startswith(f"pkg:{kind}/")}
        for kind in kinds
    }


def test_an_image_is_small_and_has_no_program_but_python_and_beckon(found: dict[str, Any]) -> None:
    assert found["bytes"] < MOST_BYTES
    assert found["programs"] == ["/usr/bin/beckon", "/usr/bin/python3", "/usr/bin/python3.11"]


def test_its_process_is_nobody_with_no_right_and_can_write_nothing(found: dict[str, Any]) -> None:
    status = found["status"]

    assert set(found["ids"]) == {10001}
    assert {status[each] for each in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    assert set(found["writing"].values()) == {"Read-only file system"}
    assert found["writable"] == []
    assert found["with_rights_of_others"] == []


def test_every_module_of_ours_in_it_can_be_imported(found: dict[str, Any]) -> None:
    assert found["imported"] > 50
    assert found["not_imported"] == []


def test_it_holds_what_its_programs_import_and_read_and_no_other_service(image: str, found: dict[str, Any]) -> None:
    others = [each for each in SERVICES if each != image]

    assert found["app"] == [str(path) for path in files_of(image, CHECKOUT)]
    assert [path for path in found["app"] if path.startswith(tuple(f"services/{other}/app.py" for other in others))] == []


def test_its_bill_of_materials_lists_what_is_pinned_and_nothing_else(components: dict[str, set[tuple[str, str]]]) -> None:
    python = set(PIN.findall((CHECKOUT / "requirements" / "image.txt").read_text()))
    debian = {tuple(package.split("=", 1)) for package in pinned() if package.split("=")[0] not in FOR_BUILDING}

    assert components["pypi"] == python
    assert components["deb"] == debian


def test_its_labels_and_beckon_name_release_and_commit(image: str) -> None:
    labels = json.loads(podman("image", "inspect", "--format", "{{json .Labels}}", name_of(image)))
    commit = labels["org.opencontainers.image.revision"]

    printed = podman("run", "--rm", *AS_RESTRICTED, *entry_point("/usr/bin/beckon"), name_of(image), "--version")

    assert re.match(r"[0-9a-f]{40}(-dirty)?$", commit)
    assert printed == f"beckon {VERSION} ({commit})"
    assert labels["org.opencontainers.image.version"] == VERSION
    assert labels["org.opencontainers.image.title"] == f"beckon-{image}"
