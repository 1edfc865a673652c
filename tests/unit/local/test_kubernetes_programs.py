"""Where Kubernetes' programs come from: pinned modules, compiled once, and a clear error without a compiler."""

from pathlib import Path

import pytest

from deploy.local.errors import StartError
from tests.support.kubernetes.binaries import ALL, KUBERNETES, POLICIES, Built, programs, version


def test_every_staged_module_has_the_version_of_kubernetes_itself() -> None:
    staged = [line.split()[-1] for line in (KUBERNETES.sources / "go.mod").read_text().splitlines() if " => k8s.io/" in line]

    assert len(staged) > 20
    assert set(staged) == {f"v0.{version().removeprefix('1.')}"}


@pytest.mark.parametrize("built", [KUBERNETES, POLICIES], ids=lambda built: built.module)
def test_every_program_is_imported_so_that_its_modules_are_pinned(built: Built) -> None:
    tools = (built.sources / "tools.go").read_text()

    assert [package for package in built.packages.values() if f'"{package}"' not in tools] == []


@pytest.mark.parametrize("built", ALL, ids=lambda built: built.module)
def test_without_a_compiler_an_error_names_it(built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", f"{tmp_path}")
    monkeypatch.setenv("PATH", f"{tmp_path}")

    with pytest.raises(StartError, match=r"compiled by Go, 1\.26 or newer"):
        programs(built, print)


@pytest.mark.parametrize("built", ALL, ids=lambda built: built.module)
def test_what_is_built_is_not_compiled_again(built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", f"{tmp_path}")
    monkeypatch.setenv("PATH", f"{tmp_path}")
    with pytest.raises(StartError):
        programs(built, print)
    (folder,) = (path for path in (tmp_path / "beckon").iterdir() if path.is_dir())
    assert not built.is_there()
    for name in built.packages:
        (folder / name).touch()

    assert built.is_there()
    assert programs(built, print) == folder
