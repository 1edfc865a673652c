"""``python -m services.ingest.snippet_build`` makes the files that browsers load out of the sources in ``snippet/``."""

import re
from pathlib import Path

import minify

FOLDER = Path(__file__).parent / "snippet"
BUILT = FOLDER / "built"
CORE = (
    "settings",
    "safely",
    "load_file",
    "memory",
    "visitor",
    "outbox",
    "cart",
    "order",
    "contact",
    "page",
    "commands",
    "start",
)
READERS = (
    "safely",
    "readers/harness",
    "readers/values",
    "fields",
    "opt_in",
    "readers/pages",
    "readers/check_commands",
    "readers/more_files",
    "readers/resolver",
    "readers/structured_data",
    "readers/data_layer",
)
"""What every shop page loads; a platform's reader comes behind it, then the start."""
START_READERS = "readers/start_readers"
PLATFORMS = tuple(sorted(path.stem for path in (FOLDER / "readers" / "platforms").glob("*.js")))
OFFICE = ("office/links",)
PUSH = ("push/remember", "push/subscribe", "push/ask", "push/start_push")
PROMPT = ("prompt/prompt",)
ACTS = ("acts/acts",)
RESTORE = ("restore/restore",)
POINTING = ("safely", "pointing/read_pointed", "pointing/pointing")
PICKER = (
    "safely",
    "pointing/read_pointed",
    "picker/selectors",
    "picker/session",
    "picker/choose",
    "picker/pointer",
    "picker/panel",
    "picker/start_picker",
)
CARTSTACK = ("safely", "cartstack/selectors", "cartstack/amounts", "cartstack/commands", "cartstack/queue")
CONSENT = ("safely", "consent/banners")
DEBUG = ("safely", "debug/words", "debug/watch", "debug/panel")
WORKER = ("worker/worker",)
WORKER_VERSION = 1
"""Raise it when the worker changes: shops have uploaded the file, and set-up shows them when theirs is old."""

_EXPORT = re.compile(r"^export ", re.MULTILINE)


def build() -> dict[str, str]:
    """Each file by its name. Each but the worker is one closure, into which the server writes the site's settings."""
    return {
        "core.min.js": _closure(*CORE),
        "office.min.js": _closure(*OFFICE),
        "readers.min.js": _readers(),
        **{f"readers_{platform}.min.js": _readers(f"readers/platforms/{platform}") for platform in PLATFORMS},
        "push.min.js": _closure(*PUSH),
        "prompt.min.js": _closure(*PROMPT),
        "acts.min.js": _closure(*ACTS),
        "restore.min.js": _closure(*RESTORE),
        "pointing.min.js": _closure(*POINTING),
        "picker.min.js": _closure(*PICKER),
        "cartstack.min.js": _closure(*CARTSTACK),
        "consent.min.js": _closure(*CONSENT),
        "debug.min.js": _closure(*DEBUG),
        "worker.min.js": f"// Beckon's worker, version {WORKER_VERSION}\n{_minified(_joined(*WORKER))}",
    }


def _closure(*sources: str) -> str:
    return _enclosed(_joined(*sources))


def _readers(*platform: str) -> str:
    """A block for the platform's names: its file need not know those of the others."""
    text = f"{_joined(*READERS)}\n{{{_joined(*platform)}}}\n{_joined(START_READERS)}"
    return _enclosed(f"try{{{text}}}catch(noError){{}}")


def _enclosed(text: str) -> str:
    return _minified("(function(config){" + text + "})(__BECKON_CONFIG__)")


def _joined(*sources: str) -> str:
    return "\n".join(_EXPORT.sub("", (FOLDER / f"{name}.js").read_text()) for name in sources)


def _minified(text: str) -> str:
    minify.config({"js-version": 2018})
    return f"{minify.string('application/javascript', text)}\n"


if __name__ == "__main__":
    BUILT.mkdir(exist_ok=True)
    for name, text in build().items():
        (BUILT / name).write_text(text)
