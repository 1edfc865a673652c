"""``GET /s/{site_key}.js``: the snippet with the settings of its site, and the files beside it that not every page needs."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce
from importlib.resources import files

from services.ingest.admission import Refusal
from services.ingest.http.compressed import Compressed, compressed, file_answer
from services.ingest.http.requests import Request
from services.ingest.http.responses import Headers, Response
from services.ingest.ingestion import Ingestion
from services.ingest.sites import Site
from shared.events.identifiers import browser_mark
from shared.events.settings import FieldCapture, PrivacyControl
from shared.messages.colours import palette
from shared.messages.shopper_texts import Language, language_in, text_of
from shared.runtime.http.untrusted import host_of

CONFIG_MARK = "__BECKON_CONFIG__"
COOKIE_SECONDS = 34_560_000  # 400 days, the longest that browsers allow

AS_DOWNLOAD: Headers = (("content-disposition", 'attachment; filename="beckon-worker.js"'),)
"""A link's own ``download`` is ignored for another origin (HTML, 4.6.6), and a merchant needs the file."""

_COOKIE = re.compile(r"(?:^|;\s*)(_beckon[0-9a-f]{8})=([A-Za-z0-9_-]{22}\.[0-9]{1,10})(?=;|$)")


@dataclass(frozen=True)
class Built:
    """The minified files, as they were built and committed."""

    core: str
    readers: Mapping[str, str]
    """By platform; what is loaded where the platform has no reader of its own is under an empty name."""
    push: str
    prompt: str
    worker: str
    office: str
    acts: str
    restore: str
    cartstack: str
    pointing: str
    picker: str
    consent: str
    debug: str


def built_snippet() -> Built:
    """Read them once."""
    folder = files("services.ingest") / "snippet" / "built"
    texts = {file.name.removesuffix(".min.js"): file.read_text() for file in folder.iterdir()}
    readers = {
        name.removeprefix("readers").removeprefix("_"): texts.pop(name) for name in [*texts] if name.startswith("readers")
    }
    return Built(readers=readers, **texts)


class SnippetFile:
    """Serves the core with a site's settings in it, and renews the visitor cookie where the browser sends it here."""

    def __init__(self, ingestion: Ingestion, built: Built, ingest: str, notify: str, console: str = "") -> None:
        self._ingestion = ingestion
        self._built = built
        self._ingest = ingest.rstrip("/")
        self._notify = notify.rstrip("/")
        self._console = console.rstrip("/")
        self._with_cartstack = f"{built.core};{built.cartstack.replace(CONFIG_MARK, '{}')}"
        self._consent = f";{built.consent.replace(CONFIG_MARK, '{}')}"
        self._render = lru_cache(maxsize=10_000)(_rendered)

    def answer(self, request: Request, name: str) -> Response:
        """A file, or 304 when the browser has this very one. ``name`` is its path below ``/s/`` without the ending."""
        site_key, _, part = name.partition("/")
        if name == "worker":
            return file_answer(request, self._render(self._built.worker, CONFIG_MARK), AS_DOWNLOAD)
        if part == "cartstack":
            return self._core(request, site_key, self._with_cartstack)
        return self._part(request, site_key, part) if part else self._core(request, name, self._built.core)

    def _part(self, request: Request, site_key: str, part: str) -> Response:
        """A file beside the core."""
        site = self._ingestion.sites.by_key(site_key)
        readers = self._built.readers
        built = {
            "readers": readers.get("" if site is None else site.platform, readers[""]),
            "push": self._built.push,
            "prompt": self._built.prompt,
            "office": self._built.office,
            "acts": self._built.acts,
            "restore": self._built.restore,
            "pointing": self._built.pointing,
            "picker": self._built.picker,
            "debug": self._built.debug,
        }
        config = None if site is None else self._config_of(part, site)
        if part not in built or config is None:
            return self._ingestion.refuse(None, Refusal.UNKNOWN_SITE)
        return file_answer(request, self._render(built[part], _written(config)))

    def _config_of(self, part: str, site: Site) -> dict[str, object] | None:
        """What the file has to know of the site; None where the site has no use for it."""
        match part:
            case "readers":
                return _readers_config(site)
            case "pointing":
                return None if site.pointing is None else site.pointing.model_dump(mode="json", exclude={"number"})
            case "push" if site.push is not None:
                return {"v": site.push.vapid_public, "w": site.push.worker_path}
            case "prompt" if site.push is not None:
                return _prompt_config(site)
            case "push" | "prompt":
                return None
            case "office":
                return {"s": mark_of(site), "b": sorted(site.back_office_hosts), "h": sorted(site.hosts)}
            case "restore":
                return {"n": self._notify}
            case "picker":
                return {"c": self._console} if self._console else None
            case _:
                return {}

    def _core(self, request: Request, site_key: str, built: str) -> Response:
        """The core with the site's settings; pages of another vendor load what they need in the same file."""
        site = self._ingestion.sites.by_key(site_key)
        if site is None:
            return self._ingestion.refuse_key(site_key, request.page_host)
        domain = cookie_domain(request.header("host"), site)
        config: dict[str, object] = {
            "k": site_key,
            "s": mark_of(site),
            "i": self._ingest,
            "b": sorted(site.back_office_hosts),
            "d": domain and f";domain={domain}",
        }
        if site.consent_required:
            config["c"], built = 1, built + self._consent
        if site.privacy_control is PrivacyControl.DENY:
            config["g"] = 1
        return file_answer(request, self._render(built, _written(config)), _renewed_cookie(request, mark_of(site), domain))


def _readers_config(site: Site) -> dict[str, object]:
    """Whether there is push, where staff work, if a browser's privacy signal is heeded, when fields are read, and if lines were
    pointed out.
    """
    config: dict[str, object] = {"p": site.push is not None, "o": sorted(site.back_office_hosts - site.hosts)}
    if site.privacy_control is not PrivacyControl.IGNORE:
        config["g"] = 1
    if site.field_capture is not FieldCapture.BLUR:
        config["f"] = site.field_capture.value
    if site.pointing is not None:
        config["t"] = True
    return config


def _prompt_config(site: Site) -> dict[str, object]:
    """The shop's name, logo and colours, and the texts in every language: the page chooses one."""
    colours = palette(site.look.colour)
    keys = ("push_label", "push_question", "push_yes", "push_no")
    return {
        "b": site.name,
        "g": site.look.logo or "",
        "f": colours.fill,
        "o": colours.on_fill,
        "a": colours.accent,
        "d": colours.dark_accent,
        "l": (language_in(site.look.language) or Language.EN).value,
        "t": {language.value: [text_of(key, language, brand=site.name) for key in keys] for language in Language},
    }


def _rendered(built: str, config: str) -> Compressed:
    return compressed(built.replace(CONFIG_MARK, config))


def _written(value: object) -> str:
    """JSON that is safe within a script."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


def mark_of(site: Site) -> str:
    """What keeps shops apart that live on one host; the same for all keys of a site."""
    return browser_mark(site.site_id)


def cookie_domain(ingest_host: str, site: Site) -> str:
    """The domain for the visitor cookie; empty for a cookie of the page's own host.

    Best is one that the shop shares with its back office, for then a clerk's browser is known in the shop too, and with
    this address, for then the server can renew it; next best one that all of the shop's hosts share. A suffix that is open to
    anybody, such as ``co.uk``, is refused by the browser itself.
    """
    every, shop = sorted(site.all_hosts), sorted(site.hosts)
    groups = (every, shop, shop[:1])
    for hosts in (each for group in groups for each in ([ingest_host, *group], group if len(group) > 1 else [])):
        shared = reduce(_shared_suffix, map(_labels, hosts)) if hosts else []
        if len(shared) >= 2:
            return ".".join(shared)
    return ""


def _labels(address: str) -> list[str]:
    host = (host_of(address) or "").rpartition(":")[0] or (host_of(address) or "")
    return [] if host.replace(".", "").isdigit() or "[" in host else host.split(".")


def _shared_suffix(one: list[str], other: list[str]) -> list[str]:
    length = 0
    while length < min(len(one), len(other)) and one[-1 - length] == other[-1 - length]:
        length += 1
    return one[len(one) - length :]


def _renewed_cookie(request: Request, mark: str, domain: str) -> Headers:
    """Some browsers keep a cookie that a script wrote for a week only, and one that a server wrote for 400 days."""
    name = f"_beckon{mark}"
    found = {match[1]: match[2] for match in _COOKIE.finditer(request.header("cookie"))}
    host = ".".join(_labels(request.header("host")))
    if name not in found or not domain or not f".{host}".endswith(f".{domain}"):
        return ()
    secure = "; Secure" if request.header("x-forwarded-proto") == "https" else ""
    cookie = f"{name}={found[name]}; Domain={domain}; Path=/; Max-Age={COOKIE_SECONDS}; SameSite=Lax{secure}"
    return (("set-cookie", cookie),)
