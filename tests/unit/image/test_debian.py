"""The packages of the base: exactly the pinned ones, by apt, or a reason and a remedy and nothing built."""

from hashlib import sha256
from pathlib import Path

import pytest

from deploy.image.debian import bring_packages
from deploy.local.errors import StartError


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs with an apt that has one package, ``zlib1g=1``, and knows no other."""
    programs = tmp_path / "bin"
    programs.mkdir()
    has_it = (
        'case "$*" in *"download zlib1g=1") printf content > zlib1g_1_amd64.deb ;; *) echo "E: not found" >&2; exit 100 ;; esac'
    )
    for name, body in (("apt-get", has_it), ("dpkg-deb", "exit 1")):
        (programs / name).write_text(f"#!/bin/sh\n{body}\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    return programs


def pins(folder: Path, package: str, content: bytes) -> Path:
    path = folder / "pins"
    path.write_text(f"{sha256(content).hexdigest()}  {package}\n")
    return path


@pytest.mark.usefixtures("apt")
def test_a_pinned_package_is_downloaded_once(tmp_path: Path) -> None:
    lines: list[str] = []
    pinned = pins(tmp_path, "zlib1g=1", b"content")

    first = bring_packages(tmp_path / "cache", lines.append, pinned)
    again = bring_packages(tmp_path / "cache", lines.append, pinned)

    assert first == again
    assert first["zlib1g=1"].read_bytes() == b"content"
    assert lines == ["downloading 1 Debian packages"]


@pytest.mark.usefixtures("apt")
def test_another_file_than_the_pinned_one_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"zlib1g=1 is not the file that .* pins"):
        bring_packages(tmp_path / "cache", print, pins(tmp_path, "zlib1g=1", b"other"))


@pytest.mark.usefixtures("apt")
def test_a_package_that_was_damaged_in_the_cache_is_refused_and_brought_again(tmp_path: Path) -> None:
    pinned = pins(tmp_path, "zlib1g=1", b"content")
    file = bring_packages(tmp_path / "cache", print, pinned)["zlib1g=1"]
    file.write_bytes(b"damaged")

    with pytest.raises(StartError):
        bring_packages(tmp_path / "cache", print, pinned)

    assert bring_packages(tmp_path / "cache", print, pinned)["zlib1g=1"].read_bytes() == b"content"


@pytest.mark.usefixtures("apt")
def test_a_version_that_debian_has_replaced_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"E: not found.*python -m deploy.image.debian"):
        bring_packages(tmp_path / "cache", print, pins(tmp_path, "zlib1g=2", b""))


def test_where_there_is_no_debian_the_two_bases_are_to_be_named(tmp_path: Path, apt: Path) -> None:
    (apt / "dpkg-deb").unlink()

    with pytest.raises(StartError, match="name BASE_IMAGE and BUILD_IMAGE"):
        bring_packages(tmp_path / "cache", print, pins(tmp_path, "zlib1g=1", b"content"))
