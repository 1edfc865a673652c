"""What a shop's own page shows of our codes. Pure: bytes and headers in, findings out."""

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.onboarding.shop_pages.html_tokenizer import start_tags
from shared.runtime.http.untrusted import storable

MOST_KEYS = 20
MOST_POLICIES = 20
LONGEST_POLICY = 16_384
LONGEST_ADDRESS = 2048
LONGEST_WORDS = 200

_KEY_IN_ADDRESS = re.compile(r"/s/(bk_[0-9a-hjkmnp-tv-z]{16})(/cartstack)?\.js(?:\?|$)")
"""CartStack's script bears our address where it always was, which may be the body."""
_ORDER_CODE = re.compile(r"_beckon\b.{0,40}setOrder", re.DOTALL)
_CONSENT_CODE = re.compile(r"setConsent")


@dataclass(frozen=True)
class PageFindings:
    """``keys`` are those of our script tags, in their order; ``in_head`` is of the first with the shop's own key."""

    keys: tuple[str, ...] = ()
    in_head: bool | None = None
    has_order_code: bool = False
    asks_for_consent: bool = False
    policy_forbids: bool = False
    words: str = ""


@dataclass
class _Shown:
    """Script tags with whether they are in the body, the text of scripts, and the policies that a page sets for itself."""

    scripts: list[tuple[str, bool]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    policies: list[str] = field(default_factory=list)
    generators: list[str] = field(default_factory=list)


def _shown(page: bytes) -> _Shown:
    shown, in_body = _Shown(), False
    for tag in start_tags(page):
        attributes = tag.attributes
        match tag.name:
            case "body":
                in_body = True
            case "script":
                shown.texts.append(tag.text)
                if source := attributes.get("src"):
                    shown.scripts.append((html.unescape(source[:LONGEST_ADDRESS]), in_body))
            case "meta" if attributes.get("http-equiv", "").lower() == "content-security-policy":
                shown.policies.append(html.unescape(attributes.get("content", "")[:LONGEST_POLICY]))
            case "meta" if attributes.get("name", "").lower() == "generator":
                shown.generators.append(html.unescape(attributes.get("content", "")[:LONGEST_WORDS]))
            case _:
                pass  # holds nothing about us
    return shown


def read_page(page: bytes, headers: Mapping[str, str], own_keys: Iterable[str], ingest: str) -> PageFindings:
    """Findings of one page of the shop, in time that grows with its length. Never raises."""
    shown, own = _shown(page), set(own_keys)
    found = [(_KEY_IN_ADDRESS.search(source), in_body) for source, in_body in shown.scripts]
    tagged = [(match[1], in_body and match[2] is None) for match, in_body in found if match]
    ours = [in_body for key, in_body in tagged if key in own]
    scripts = "\n".join(shown.texts)
    policies = [*shown.policies[:MOST_POLICIES], headers.get("content-security-policy", "")[:LONGEST_POLICY]]
    return PageFindings(
        keys=tuple(key for key, _ in tagged)[:MOST_KEYS],
        in_head=not ours[0] if ours else None,
        has_order_code=_ORDER_CODE.search(scripts) is not None,
        asks_for_consent=_CONSENT_CODE.search(scripts) is not None,
        policy_forbids=any(forbids(policy, ingest) for policy in policies if policy),
        words=storable(" ".join(shown.generators[:MOST_KEYS]))[:LONGEST_WORDS],
    )


def forbids(policy: str, ingest: str) -> bool:
    """Whether a Content-Security-Policy (W3C CSP3) keeps our script out, or its reports from reaching us."""
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
    """Findings as they are stored."""
    return {**vars(findings), "keys": list(findings.keys)}
