"""``python -m services.ingest.snippet_build`` makes the one file that browsers load out of the sources in ``snippet/``."""

import re
from pathlib import Path

import minify

FOLDER = Path(__file__).parent / "snippet"
BUILT = FOLDER / "built" / "core.min.js"
SOURCES = (
    "settings",
    "safely",
    "memory",
    "visitor",
    "outbox",
    "cart",
    "order",
    "contact",
    "fields",
    "opt_in",
    "restore",
    "page",
    "commands",
    "start",
)

_EXPORT = re.compile(r"^export ", re.MULTILINE)


def build() -> str:
    """One closure, so that nothing but ``_beckon`` is left in the page. The server fills in the site's settings."""
    parts = "\n".join(_EXPORT.sub("", (FOLDER / f"{name}.js").read_text()) for name in SOURCES)
    whole = "(function(config){" + parts + "})(__BECKON_CONFIG__)"
    minify.config({"js-version": 2018})
    return f"{minify.string('application/javascript', whole)}\n"


if __name__ == "__main__":
    BUILT.parent.mkdir(exist_ok=True)
    BUILT.write_text(build())
