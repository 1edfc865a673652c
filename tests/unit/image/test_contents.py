"""What images hold: code by its imports, files by name, and everything of it where a build may see it."""

from pathlib import Path

import pytest

from deploy.image.contents import IMAGES, files_of, modules_of
from deploy.local.folders import CHECKOUT


def test_modules_are_followed_through_packages_aliases_and_functions(tmp_path: Path) -> None:
    sources = {
        "services/__init__.py": "",
        "services/a/__init__.py": "",
        "services/a/__main__.py": "import json\nfrom services.a import app\nimport shared.clock as clock",
        "services/a/app.py": "def serve():\n    from shared.late import late",
        "services/a/unused.py": "",
        "services/b/__init__.py": "",
        "shared/__init__.py": "from shared.package import name",
        "shared/clock.py": "import json.decoder",
        "shared/late.py": "import services.a.app",
        "shared/package/__init__.py": "name = 1",
    }
    for name, text in sources.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    found = {str(path.relative_to(tmp_path)) for path in modules_of(("services.a.__main__",), tmp_path).values()}

    assert found == sources.keys() - {"services/a/unused.py", "services/b/__init__.py"}


@pytest.mark.parametrize("image", IMAGES)
def test_a_build_may_see_every_file_that_an_image_holds(image: str) -> None:
    seen = [line[1:] for line in (CHECKOUT / ".dockerignore").read_text().splitlines() if line.startswith("!")]

    targets = [str((CHECKOUT / path).resolve().relative_to(CHECKOUT)) for path in files_of(image, CHECKOUT)]

    assert [path for path in targets if not any(path == each or path.startswith(f"{each}/") for each in seen)] == []


@pytest.mark.parametrize("image", IMAGES)
def test_every_image_knows_the_schema_of_every_service(image: str) -> None:
    wanted = {path.relative_to(CHECKOUT) for path in (CHECKOUT / "services").glob("*/migrations/*.sql")}

    assert wanted
    assert wanted <= set(files_of(image, CHECKOUT))


@pytest.mark.parametrize(("image", "folder"), [("onboarding", "templates"), ("onboarding", "static"), ("notify", "templates")])
def test_a_service_has_all_files_of_the_folders_that_it_reads(image: str, folder: str) -> None:
    wanted = {path.relative_to(CHECKOUT) for path in (CHECKOUT / "services" / image / folder).rglob("*") if path.is_file()}

    assert wanted
    assert wanted <= set(files_of(image, CHECKOUT))
    assert wanted.isdisjoint(files_of("orders", CHECKOUT))
