"""The two codes that a shop pastes, byte for byte."""

from collections.abc import Mapping
from typing import Any

from services.onboarding.platforms import Guide
from shared.events.identifiers import browser_mark
from shared.events.settings import SiteConfigured
from shared.runtime.http.order_api import WEBHOOKS_PATH

ORDER_FIELDS = {"orderID": "order_id", "total": "total", "currency": "currency", "email": "email", "phone": "phone"}
"""What an order's code names, and where its guide has the placeholder; none where the platform has none."""


def tracking_code(site_key: str, ingest: str) -> str:
    """The tracking code, for the end of every page's head."""
    return (
        f"<script>window._beckon=window._beckon||[];_beckon.push(['setSiteKey','{site_key}'])</script>\n"
        f'<script async src="{ingest}/s/{site_key}.js"></script>'
    )


def webhook_address(site: SiteConfigured, ingest: str) -> str:
    """Where the shop's platform posts orders. It names the site by its id, which a change of its keys leaves as it is."""
    return f"{ingest}{WEBHOOKS_PATH}?site={site.site_id}"


def cartstack_address(site_key: str, ingest: str) -> str:
    """The address that a page made for CartStack loads in place of CartStack's script; it keeps everything else."""
    return f"{ingest}/s/{site_key}/cartstack.js"


def confirmation_code(site: SiteConfigured, ingest: str, guide: Guide, found: Mapping[str, str]) -> str:
    """The confirmation code, for the page after an order: the platform's own, else HTML with the platform's placeholders.

    ``found`` has the keywords that came back as values; where a field's is not known, the code tries all of its spellings.
    """
    site_key = site.site_keys[0]
    if "code" in guide.confirmation:
        code = guide.confirmation["code"].strip()
        values = {"SITE_KEY": site_key, "INGEST": ingest, "COOKIE": f"_beckon{browser_mark(site.site_id)}"}
        for name, value in values.items():
            code = code.replace(name, value)
        return code
    fields = ((name, _placeholder(guide, key, found)) for name, key in ORDER_FIELDS.items())
    order = ",".join(f"{name}:{placeholder}" for name, placeholder in fields if placeholder)
    # Smarty takes a brace for its own unless a space follows it.
    return (
        f"<script>window._beckon=window._beckon||[];_beckon.push(['setOrder',{{ {order} }}])</script>\n"
        f'<script async src="{ingest}/s/{site_key}.js"></script>'
    )


def found_keywords(guide: Guide, signals: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """By field, the spelling that came back as a value. One that a merchant added to the pasted code is not in the guide."""
    found = {}
    for key, spellings in guide.keywords.items():
        position = (signals.get(f"{key}_keyword", {}).get("sample") or {}).get("position")
        if position is not None and position < len(spellings):
            found[key] = spellings[position]
    return found


def _placeholder(guide: Guide, key: str, found: Mapping[str, str]) -> str:
    """What stands for a field in JavaScript: a text, or a list of spellings to be tried; empty where the platform has none."""
    spellings = (found[key],) if key in found else guide.keywords.get(key) or (guide.confirmation.get(key, ""),)
    texts = [f"'{spelling}'" for spelling in spellings if spelling]
    return texts[0] if len(texts) == 1 else f"[{','.join(texts)}]" if texts else ""
