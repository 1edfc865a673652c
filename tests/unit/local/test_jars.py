"""Jars: pinned, checked, and put right when a download was cut off."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from deploy.local.errors import StartError
from deploy.local.jars import cache_folder, ensure_jars, file_name, pinned
from deploy.local.kafka import find_java, java_version

CONTENT = {"org.one:one:1.0": b"first jar", "org.two:two:2.0": b"second jar"}


@pytest.fixture
def pins(tmp_path: Path) -> Path:
    path = tmp_path / "jars.sha256"
    path.write_text("\n".join(f"{hashlib.sha256(body).hexdigest()}  {name}" for name, body in CONTENT.items()))
    return path


class Repository:
    """Serves the jars and remembers what it was asked for."""

    def __init__(self, content: dict[str, bytes] = CONTENT) -> None:
        self.content = content
        self.asked: list[str] = []

    def fetch(self, coordinates: str, target: Path) -> None:
        self.asked.append(coordinates)
        target.write_bytes(self.content[coordinates])


def test_missing_jars_are_brought_once(tmp_path: Path, pins: Path) -> None:
    repository, folder = Repository(), tmp_path / "jars"

    for _ in range(2):
        ensure_jars(folder, lambda _: None, repository.fetch, pins)

    assert repository.asked == list(CONTENT)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        file_name(name): body for name, body in CONTENT.items()
    }


def test_a_half_finished_download_is_put_right(tmp_path: Path, pins: Path) -> None:
    repository, folder = Repository(), tmp_path / "jars"
    folder.mkdir()
    (folder / "one-1.0.jar").write_bytes(b"first j")
    (folder / "part-abandoned").write_bytes(b"fi")

    ensure_jars(folder, lambda _: None, repository.fetch, pins)

    assert (folder / "one-1.0.jar").read_bytes() == b"first jar"
    assert sorted(path.name for path in folder.iterdir()) == ["one-1.0.jar", "two-2.0.jar"]


def test_a_jar_that_is_not_the_pinned_one_is_refused_and_leaves_nothing(tmp_path: Path, pins: Path) -> None:
    repository, folder = Repository({**CONTENT, "org.two:two:2.0": b"somebody else's"}), tmp_path / "jars"

    with pytest.raises(StartError, match="nothing was installed"):
        ensure_jars(folder, lambda _: None, repository.fetch, pins)

    assert [path.name for path in folder.iterdir()] == ["one-1.0.jar"]


def test_every_jar_of_kafka_is_pinned() -> None:
    names = {file_name(coordinates) for coordinates in pinned()}

    assert "kafka_2.13-4.3.1.jar" in names
    assert len(names) == 46


def test_two_checkouts_that_download_at_once_bring_each_jar_once(tmp_path: Path, pins: Path) -> None:
    repository, folder = Repository(), tmp_path / "jars"

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: ensure_jars(folder, lambda _: None, repository.fetch, pins), range(4)))

    assert repository.asked == list(CONTENT)


def test_what_is_not_pinned_does_not_get_on_the_class_path(tmp_path: Path, pins: Path) -> None:
    folder = tmp_path / "jars"
    folder.mkdir()
    (folder / "log4j-core-2.14.jar").write_bytes(b"left by somebody")

    ensure_jars(folder, lambda _: None, Repository().fetch, pins)

    assert not (folder / "log4j-core-2.14.jar").exists()


def test_jars_are_kept_in_the_cache_folder_of_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert cache_folder().parent == tmp_path / "beckon"


def test_where_there_is_no_java_the_one_from_pypi_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    found = find_java()

    assert Path(found).name == "java"
    assert java_version(found) >= 17
