"""Which browser is which at the shop."""

import secrets

from starlette.requests import Request
from starlette.responses import Response

from deploy.demo.shop.store import Session, ShopStore

COOKIE = "harbor_session"
LIFE_SECONDS = 60 * 24 * 3600


def session_of(request: Request, store: ShopStore) -> Session | None:
    """The browser's session; none before it has put something into a cart."""
    return store.session(request.cookies.get(COOKIE, ""))


def session_for_writing(request: Request, store: ShopStore) -> Session:
    """The browser's session, made when there is none. An id that we did not make is not taken over."""
    session = session_of(request, store)
    if session is None:
        session_id = secrets.token_hex(16)
        store.open_session(session_id)
        session = store.session(session_id)
        assert session is not None, "it was just made"
    return session


def remember(response: Response, session: Session) -> Response:
    """Give the browser its cookie."""
    response.set_cookie(COOKIE, session.id, max_age=LIFE_SECONDS, httponly=True, samesite="lax")
    return response
