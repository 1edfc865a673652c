"""Themes of fixture shops that are templates: what a page of theirs looks like."""

from pathlib import Path

from starlette.responses import Response

from deploy.demo.pages import Pages
from deploy.demo.shop.goods import price

_PAGES = Pages(Path(__file__).parent / "templates", price=price)


def shown(template: str, status: int = 200, **values: object) -> Response:
    """A page; browsers may keep it for the back button, as they keep most shops'."""
    page = _PAGES.show(template, status, **values)
    page.headers["cache-control"] = "no-cache"
    return page
