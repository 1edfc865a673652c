"""``GET /s/{site_key}.js``: the snippet with the settings of its site."""

import json
import re
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files

from services.ingest.admission import Refusal
from services.ingest.answers import Answer, Headers
from services.ingest.intake import Intake
from services.ingest.origin import host_of
from services.ingest.requests import Request
from services.ingest.sites import Site

CONFIG_MARK = "__BECKON_CONFIG__"
COOKIE = "_beckon"
COOKIE_SECONDS = 34_560_000  # 400 days, the longest that browsers allow

_COOKIE_VALUE = re.compile(rf"(?:^|;\s*){COOKIE}=([A-Za-z0-9_-]{{22}}\.[0-9a-z]{{1,8}})(?:;|$)")


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
        body, etag = self._render(site_key, tuple(sorted(site.back_office_hosts)), domain)
        headers = (
            ("etag", etag),
            ("cache-control", "private, max-age=300"),
            ("cross-origin-resource-policy", "cross-origin"),
            *_renewed_cookie(request, domain),
        )
        if etag in request.header("if-none-match"):
            return Answer(304, headers=headers)
        return Answer(200, body, "text/javascript; charset=utf-8", headers)

    def _rendered(self, site_key: str, back_office: tuple[str, ...], domain: str) -> tuple[bytes, str]:
        config = {"k": site_key, "i": self._ingest, "n": self._notify, "b": back_office, "d": domain}
        written = json.dumps(config, separators=(",", ":")).replace("<", "\\u003c")
        body = self._core.replace(CONFIG_MARK, written).encode()
        return body, f'"{sha256(body).hexdigest()[:20]}"'


def cookie_domain(ingest_host: str, site: Site) -> str:
    """The domain that this address shares with the shop, where they are one site; empty where they are not.

    A shared suffix that is open to anybody, such as ``co.uk``, is refused by the browser itself.
    """
    own = _labels(ingest_host)
    for host in sorted(site.hosts):
        shared = _shared_suffix(own, _labels(host))
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


def _renewed_cookie(request: Request, domain: str) -> Headers:
    """Browsers keep a cookie that a script wrote for a week and one that a server wrote for 400 days."""
    found = _COOKIE_VALUE.search(request.header("cookie"))
    if found is None or not domain:
        return ()
    secure = "; Secure" if request.header("x-forwarded-proto") == "https" else ""
    cookie = f"{COOKIE}={found[1]}; Domain={domain}; Path=/; Max-Age={COOKIE_SECONDS}; SameSite=Lax{secure}"
    return (("set-cookie", cookie),)
