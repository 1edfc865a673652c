"""The two codes that a shop pastes, byte for byte."""

from services.onboarding.setup.platforms import Guide


def tracking_code(site_key: str, ingest: str) -> str:
    """For the end of every page's head."""
    return (
        f"<script>window._beckon=window._beckon||[];_beckon.push(['setSiteKey','{site_key}'])</script>\n"
        f'<script async src="{ingest}/s/{site_key}.js"></script>'
    )


def confirmation_code(site_key: str, ingest: str, guide: Guide) -> str:
    """For the page after an order, with the platform's own placeholders."""
    placeholders = guide.confirmation
    order = (
        f"orderID:'{placeholders['order_id']}',total:'{placeholders['total']}',currency:'{placeholders['currency']}',"
        f"email:'{placeholders['email']}',phone:'{placeholders['phone']}'"
    )
    return (
        f"<script>window._beckon=window._beckon||[];_beckon.push(['setOrder',{{{order}}}])</script>\n"
        f'<script async src="{ingest}/s/{site_key}.js"></script>'
    )
