"""What is installed: pinned, hashed, explained, and silent about where it comes from."""

import re
import tomllib
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[3]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==\S+", re.MULTILINE)


def names_in(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=~! ;]", requirement)[0] for requirement in requirements}


def pins_in(file: str) -> dict[str, str]:
    text = (CHECKOUT / "requirements" / file).read_text()
    return {match[1]: match[0] for match in PIN.finditer(text)}


def test_each_dependency_is_explained_in_one_line() -> None:
    extras = PROJECT["optional-dependencies"]
    wanted = names_in(PROJECT["dependencies"] + extras["local"] + extras["build"])
    explained = set(re.findall(r"`([a-z0-9-]+)(?:\[[a-z]+\])?`", (CHECKOUT / "docs" / "dependencies.md").read_text()))

    assert wanted <= explained


@pytest.mark.parametrize(
    ("file", "extras"), [("image.txt", []), ("run.txt", ["local"]), ("test.txt", ["local", "test"]), ("build.txt", ["build"])]
)
def test_each_dependency_is_pinned(file: str, extras: list[str]) -> None:
    wanted = names_in(PROJECT["dependencies"]).union(*(names_in(PROJECT["optional-dependencies"][extra]) for extra in extras))

    assert wanted <= pins_in(file).keys()


@pytest.mark.parametrize("file", ["image.txt", "run.txt", "test.txt", "build.txt"])
def test_each_pin_has_hashes_and_no_file_names_an_index(file: str) -> None:
    text = re.sub(r"(?m)^#.*\n", "", (CHECKOUT / "requirements" / file).read_text())
    entries = re.split(r"\n(?=[a-z0-9])", text.strip())

    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert re.findall(r"https?://|--index-url|--find-links|--trusted-host|file:|@ ", text) == []


def test_tests_run_with_what_the_demo_runs_with() -> None:
    image, run, test, build = (pins_in(file) for file in ("image.txt", "run.txt", "test.txt", "build.txt"))

    assert {name: build.get(name) for name in image} == image
    assert {name: test.get(name) for name in run} == run
    assert {name: run.get(name) for name in image} == image


def test_an_image_holds_no_server_of_one_machine() -> None:
    assert pins_in("image.txt").keys().isdisjoint(names_in(PROJECT["optional-dependencies"]["local"]))
