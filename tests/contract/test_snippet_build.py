"""What browsers load is what the sources say, and small."""

import gzip

from services.ingest.snippet_build import BUILT, build

MOST_BYTES = 3_072


def test_the_committed_file_is_built_from_the_sources() -> None:
    assert BUILT.read_text() == build(), "run: make snippet"


def test_the_core_stays_within_its_budget() -> None:
    assert len(gzip.compress(BUILT.read_bytes(), 9)) <= MOST_BYTES


def test_the_core_leaves_one_name_in_the_page() -> None:
    built = BUILT.read_text()

    assert built.startswith("(function(")
    assert built.rstrip().endswith("(__BECKON_CONFIG__)")
