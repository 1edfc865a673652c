"""The audit: what it finds fails it, and an answer that never came is never taken for none found."""

from pathlib import Path

import pytest

from deploy.image.audit import audit

FOUND = '{"dependencies": [{"name": "idna", "version": "1.0", "vulns": [%s]}, {"name": "h11", "version": "2.0", "vulns": []}]}'


def a_tool(folder: Path, report: str | None, code: int) -> Path:
    """A pip-audit that writes this report, or none."""
    tool = folder / "pip-audit"
    write = (
        ""
        if report is None
        else f'for each in "$@"; do case $each in --output=*) echo \'{report}\' > "${{each#--output=}}";; esac; done\n'
    )
    tool.write_text(f"#!/bin/sh\n{write}echo no connection >&2\nexit {code}\n")
    tool.chmod(0o755)
    return tool


def test_a_known_vulnerability_fails_the_audit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(a_tool(tmp_path, FOUND % '{"id": "PYSEC-1"}', 1)) == 1

    printed = capsys.readouterr().out
    assert "idna 1.0" in printed
    assert "2 packages audited, 1 with known vulnerabilities" in printed


def test_none_is_reported_with_the_number_of_packages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(a_tool(tmp_path, FOUND % "", 0)) == 0

    assert "2 packages audited, 0 with known vulnerabilities" in capsys.readouterr().out


def test_no_answer_is_reported_as_not_audited(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(a_tool(tmp_path, None, 1)) == 0

    printed = capsys.readouterr().out
    assert "NOT AUDITED" in printed
    assert "no connection" in printed
