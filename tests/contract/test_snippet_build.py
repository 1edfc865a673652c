"""What browsers load is built from the sources, and small."""

import gzip

import pytest

from services.ingest.snippet_build import BUILT, WORKER_VERSION, build

MOST_BYTES = {
    "core.min.js": 3_072,
    "push.min.js": 1_536,
    "prompt.min.js": 1_280,
    "office.min.js": 768,
    "acts.min.js": 768,
    "restore.min.js": 576,
    "cartstack.min.js": 2_048,
    "pointing.min.js": 2_048,
    "picker.min.js": 6_272,
    "debug.min.js": 2_560,
    "worker.min.js": 1_024,
}
READERS = [name for name in build() if name.startswith("readers")]
MOST_BYTES_OF_READERS = 9_216


def test_the_committed_files_are_built_from_the_sources() -> None:
    assert {path.name: path.read_text() for path in BUILT.iterdir()} == build(), "run: make snippet"


@pytest.mark.parametrize("name", [*MOST_BYTES, *READERS])
def test_a_file_stays_within_its_budget(name: str) -> None:
    assert len(gzip.compress((BUILT / name).read_bytes(), 9)) <= MOST_BYTES.get(name, MOST_BYTES_OF_READERS)


def test_the_worker_states_its_version_in_its_first_line() -> None:
    first, *_ = (BUILT / "worker.min.js").read_text().splitlines()

    assert first == f"// Beckon's worker, version {WORKER_VERSION}"


@pytest.mark.parametrize("name", [name for name in [*MOST_BYTES, *READERS] if name != "worker.min.js"])
def test_a_file_leaves_no_name_in_the_page(name: str) -> None:
    built = (BUILT / name).read_text()

    assert built.startswith("(function(")
    assert built.rstrip().endswith("(__BECKON_CONFIG__)")
