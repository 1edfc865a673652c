"""The two codes that a shop pastes, byte for byte."""

from services.onboarding.setup.platforms import Guide
from shared.events.identifiers import browser_mark
from shared.events.settings import SiteConfigured

ORDER_FIELDS = {"orderID": "order_id", "total": "total", "currency": "currency", "email": "email", "phone": "phone"}
"""What an order's code names, and where its guide has the placeholder; none where the platform has none."""


def tracking_code(site_key: str, ingest: str) -> str:
    """For the end of every page's head."""
    return (
        f"<script>window._beckon=window._beckon||[];_beckon.push(['setSiteKey','{site_key}'])</script>\n"
        f'<script async src="{ingest}/s/{site_key}.js"></script>'
    )


def confirmation_code(site: SiteConfigured, ingest: str, guide: Guide) -> str:
    """For the page after an order: the platform's own code, else HTML with the platform's placeholders."""
    site_key = site.site_keys[0]
    if "code" in guide.confirmation:
        code = guide.confirmation["code"].strip()
        values = {"SITE_KEY": site_key, "INGEST": ingest, "COOKIE": f"_beckon{browser_mark(site.site_id)}"}
        for name, value in values.items():
            code = code.replace(name, value)
        return code
    fields = ((name, guide.confirmation[key]) for name, key in ORDER_FIELDS.items())
    order = ",".join(f"{name}:'{placeholder}'" for name, placeholder in fields if placeholder)
    # Smarty takes a brace for its own unless a space follows it.
    return (
        f"<script>window._beckon=window._beckon||[];_beckon.push(['setOrder',{{ {order} }}])</script>\n"
        f'<script async src="{ingest}/s/{site_key}.js"></script>'
    )
