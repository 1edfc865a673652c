"""What a shop's own page shows of our codes. Pure: HTML and headers in, findings out."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

_KEY_IN_ADDRESS = re.compile(r"/s/(bk_[0-9a-hjkmnp-tv-z]{16})\.js(?:\?|$)")
_ORDER_CODE = re.compile(r"_beckon\b.{0,40}setOrder", re.DOTALL)
_CONSENT_CODE = re.compile(r"setConsent")


@dataclass(frozen=True)
class PageFindings:
    """``keys`` are those of our script tags, in their order; ``in_head`` tells of the first with the shop's own key."""

    keys: tuple[str, ...] = ()
    in_head: bool | None = None
    has_order_code: bool = False
    asks_for_consent: bool = False
    policy_forbids: bool = False
    words: str = ""


class _Reader(HTMLParser):
    """Collects script tags and the policy that a page sets for itself."""

    def __init__(self) -> None:
        super().__init__()
        self.in_body = False
        self.scripts: list[tuple[str, bool]] = []
        self.texts: list[str] = []
        self.policies: list[str] = []
        self.generators: list[str] = []
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        match tag:
            case "body":
                self.in_body = True
            case "script":
                self._in_script = True
                if told.get("src"):
                    self.scripts.append((told["src"], self.in_body))
            case "meta" if told.get("http-equiv", "").lower() == "content-security-policy":
                self.policies.append(told.get("content", ""))
            case "meta" if told.get("name", "").lower() == "generator":
                self.generators.append(told.get("content", ""))
            case _:
                pass  # says nothing about us

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.texts.append(data)


def read_page(html: str, headers: Mapping[str, str], own_keys: Iterable[str], ingest: str) -> PageFindings:
    """Look through one page of the shop."""
    reader = _Reader()
    reader.feed(html)
    tagged = [(match[1], in_body) for source, in_body in reader.scripts if (match := _KEY_IN_ADDRESS.search(source))]
    own = [in_body for key, in_body in tagged if key in set(own_keys)]
    scripts = "\n".join(reader.texts)
    policies = [*reader.policies, headers.get("content-security-policy", "")]
    return PageFindings(
        keys=tuple(key for key, _ in tagged),
        in_head=not own[0] if own else None,
        has_order_code=_ORDER_CODE.search(scripts) is not None,
        asks_for_consent=_CONSENT_CODE.search(scripts) is not None,
        policy_forbids=any(forbids(policy, ingest) for policy in policies if policy),
        words=" ".join(reader.generators)[:200],
    )


def forbids(policy: str, ingest: str) -> bool:
    """Whether a Content-Security-Policy (W3C CSP3) keeps our script out, or what it tells from reaching us."""
    directives: dict[str, list[str]] = {}
    for part in policy.split(";"):
        name, *sources = part.split() or [""]
        directives.setdefault(name.lower(), sources)
    default = directives.get("default-src")
    script = directives.get("script-src-elem", directives.get("script-src", default))
    connect = directives.get("connect-src", default)
    return not (_allows(script, ingest) and _allows(connect, ingest))


def _allows(sources: list[str] | None, ingest: str) -> bool:
    if sources is None:
        return True
    scheme, _, host = ingest.partition("://")
    return any(_matches(source.lower(), scheme, host.lower()) for source in sources)


def _matches(source: str, scheme: str, host: str) -> bool:
    if source in ("*", f"{scheme}:"):
        return True
    wanted = source.removeprefix(f"{scheme}://").rstrip("/")
    if wanted.startswith("*."):
        return host.endswith(wanted[1:])
    return wanted in (host, host.partition(":")[0])


def to_json(findings: PageFindings) -> dict[str, Any]:
    """As it is kept."""
    return {**vars(findings), "keys": list(findings.keys)}
