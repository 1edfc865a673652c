"""``GET /s/{site_key}.js``: the snippet with the settings of its site."""

import json
import re
from functools import lru_cache, reduce
from hashlib import sha256
from importlib.resources import files

from services.ingest.admission import Refusal
from services.ingest.answers import Answer, Headers
from services.ingest.intake import Intake
from services.ingest.origin import host_of
from services.ingest.requests import Request
from services.ingest.sites import Site

CONFIG_MARK = "__BECKON_CONFIG__"
COOKIE_SECONDS = 34_560_000  # 400 days, the longest that browsers allow

_COOKIE = re.compile(r"(?:^|;\s*)(_beckon[0-9a-f]{8})=([A-Za-z0-9_-]{22}\.[0-9]{1,10})(?=;|$)")


def built_snippet() -> str:
    """The minified core, as it was built and committed."""
    return (files("services.ingest") / "snippet" / "built" / "core.min.js").read_text()


class SnippetFile:
    """Serves the core with a site's settings in it, and renews the visitor cookie where the browser sends it here."""

    def __init__(self, intake: Intake, core: str, ingest: str, notify: str) -> None:
        self._intake = intake
        self._core = core
        self._ingest = ingest.rstrip("/")
        self._notify = notify.rstrip("/")
        self._render = lru_cache(maxsize=10_000)(self._rendered)

    def answer(self, request: Request, site_key: str) -> Answer:
        """The file, or 304 when the browser has this very one."""
        site = self._intake.sites.by_key(site_key)
        if site is None:
            return self._intake.refuse(None, Refusal.UNKNOWN_SITE)
        domain = cookie_domain(request.header("host"), site)
        body, etag = self._render(site_key, mark_of(site), tuple(sorted(site.back_office_hosts)), domain)
        headers = (
            ("etag", etag),
            ("cache-control", "private, max-age=300"),
            ("cross-origin-resource-policy", "cross-origin"),
            *_renewed_cookie(request, mark_of(site), domain),
        )
        if etag in request.header("if-none-match"):
            return Answer(304, headers=headers)
        return Answer(200, body, "text/javascript; charset=utf-8", headers)

    def _rendered(self, site_key: str, mark: str, back_office: tuple[str, ...], domain: str) -> tuple[bytes, str]:
        config = {
            "k": site_key,
            "s": mark,
            "i": self._ingest,
            "n": self._notify,
            "b": back_office,
            "d": domain and f";domain={domain}",
        }
        written = json.dumps(config, separators=(",", ":")).replace("<", "\\u003c")
        body = self._core.replace(CONFIG_MARK, written).encode()
        return body, f'"{sha256(body).hexdigest()[:20]}"'


def mark_of(site: Site) -> str:
    """What keeps shops apart that live on one host; the same for all keys of a site."""
    return sha256(site.site_id.bytes).hexdigest()[:8]


def cookie_domain(ingest_host: str, site: Site) -> str:
    """The domain for the visitor cookie; empty for a cookie of the page's own host.

    Best is one that the shop shares with its back office, for then a clerk's browser is known in the shop too, and with
    this address, for then the server can renew it. A suffix that is open to anybody, such as ``co.uk``, is refused by the
    browser itself.
    """
    every, shop = sorted(site.all_hosts), sorted(site.hosts)
    for hosts in ([ingest_host, *every], every if len(every) > 1 else [], [ingest_host, *shop[:1]]):
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
