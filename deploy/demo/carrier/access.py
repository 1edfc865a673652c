"""Who may do what at the carrier: the account's own credentials, and nobody but this machine for the switches."""

import base64
import binascii
import hmac
import ipaddress

from starlette.requests import Request

from deploy.demo.carrier.messages import Account


def authenticated(request: Request, account: Account) -> bool:
    """Basic authentication with the account's id and token, as Twilio has it."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        given = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return False
    wanted = f"{account.sid}:{account.auth_token}".encode()
    return scheme.lower() == "basic" and hmac.compare_digest(given, wanted)


def from_this_machine(request: Request) -> bool:
    """A program of this machine, and no page that a browser here has open: those carry an Origin when they post."""
    client = request.client.host if request.client else ""
    try:
        local = ipaddress.ip_address(client).is_loopback
    except ValueError:
        return False
    site = request.headers.get("sec-fetch-site", "none")
    return local and "origin" not in request.headers and site in ("none", "same-origin")
