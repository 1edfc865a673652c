"""Where Kubernetes' programs come from: pinned modules, compiled once, and a clear error without a compiler."""

from pathlib import Path

import pytest

from deploy.local.errors import StartError
from tests.support.kubernetes.binaries import MODULE, PROGRAMS, is_built, kubernetes_programs, version


def test_every_staged_module_has_the_version_of_kubernetes_itself() -> None:
    staged = [line.split()[-1] for line in (MODULE / "go.mod").read_text().splitlines() if " => k8s.io/" in line]

    assert len(staged) > 20
    assert set(staged) == {f"v0.{version().removeprefix('1.')}"}


def test_every_program_is_imported_so_that_its_modules_are_pinned() -> None:
    tools = (MODULE / "tools.go").read_text()

    assert [name for name in PROGRAMS if f'"k8s.io/kubernetes/cmd/{name}"' not in tools] == []


def test_without_a_compiler_an_error_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", f"{tmp_path}")
    monkeypatch.setenv("PATH", f"{tmp_path}")

    with pytest.raises(StartError, match=r"compiled by Go, 1\.26 or newer"):
        kubernetes_programs(print)


def test_what_is_built_is_not_compiled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", f"{tmp_path}")
    monkeypatch.setenv("PATH", f"{tmp_path}")
    with pytest.raises(StartError):
        kubernetes_programs(print)
    (folder,) = (path for path in (tmp_path / "beckon").iterdir() if path.is_dir())
    assert not is_built()
    for name in PROGRAMS:
        (folder / name).touch()

    assert is_built()
    assert kubernetes_programs(print) == folder
