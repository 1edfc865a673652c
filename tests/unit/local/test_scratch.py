"""Where tests keep their files."""

import os
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support import scratch
from tests.support.scratch import is_suitable, use_memory_for_scratch


@pytest.fixture(autouse=True)
def nothing_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", "/as/it/was")


def test_a_folder_with_room_takes_the_files_of_all_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "ROOM_BYTES", 1)

    use_memory_for_scratch(tmp_path)

    assert tempfile.gettempdir() == str(tmp_path)


def test_whoever_chose_a_folder_keeps_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "ROOM_BYTES", 1)
    monkeypatch.setenv("TMPDIR", "/chosen")

    use_memory_for_scratch(tmp_path)

    assert tempfile.tempdir == "/as/it/was"


def test_a_folder_without_room_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "ROOM_BYTES", 1 << 62)

    assert not is_suitable(tmp_path)


def test_a_folder_that_is_not_there_is_left_alone(tmp_path: Path) -> None:
    assert not is_suitable(tmp_path / "none")


def test_a_folder_where_nothing_may_run_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "ROOM_BYTES", 1)
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_flag=os.ST_NOEXEC))

    assert not is_suitable(tmp_path)
