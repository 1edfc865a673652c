"""What a backup or a restore refuses, before it has touched anything."""

from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local.backup import LOG, NOTE, make_backup, restore_backup
from deploy.local.errors import StartError
from deploy.local.folders import folders_at
from deploy.local.secrets import load_secrets


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """The state folder of a Beckon that was started once, and does not run."""
    folders = folders_at(tmp_path / "state")
    folders.make()
    load_secrets(folders.state / "secrets.json")
    return folders.state


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A folder as a backup leaves it."""
    folder = tmp_path / "backup"
    (folder / LOG).mkdir(parents=True)
    (folder / NOTE).write_text("{}")
    return folder


def test_a_backup_needs_a_running_beckon_and_a_folder_of_its_own(state: Path, tmp_path: Path) -> None:
    used = tmp_path / "used"
    used.mkdir()
    (used / "kept").touch()

    with pytest.raises(StartError, match="does not run"):
        make_backup(state, tmp_path / "new")
    with pytest.raises(StartError, match="is not empty"):
        make_backup(state, used)

    assert [path.name for path in used.iterdir()] == ["kept"]
    assert not (tmp_path / "new").exists()


def without_keys(state: Path, _: Path) -> None:
    (state / "secrets.json").unlink()


def half(_: Path, backup: Path) -> None:
    (backup / NOTE).unlink()


def with_data(state: Path, _: Path) -> None:
    made = folders_at(state).postgres / "data"
    made.mkdir()
    (made / "made").touch()


REFUSED: dict[str, tuple[Callable[[Path, Path], None], str]] = {
    "no keys": (without_keys, "secrets.json is missing, and no backup has it"),
    "half a backup": (half, "is no whole backup"),
    "data that would be replaced": (with_data, "a restore replaces nothing"),
}


@pytest.mark.parametrize("cause", REFUSED)
def test_a_restore_that_cannot_be_whole_changes_nothing(cause: str, state: Path, backup: Path) -> None:
    make_so, reason = REFUSED[cause]
    make_so(state, backup)

    with pytest.raises(StartError, match=reason):
        restore_backup(state, backup)

    assert list(folders_at(state).kafka.iterdir()) == []
