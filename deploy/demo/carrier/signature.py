"""How Twilio signs what it posts to us."""

import base64
import hashlib
import hmac
from collections.abc import Mapping

HEADER = "X-Twilio-Signature"


def sign(auth_token: str, address: str, parameters: Mapping[str, str]) -> str:
    """Base64 of HMAC-SHA1 over the exact address, followed by each name and value in the order of the names."""
    signed = address + "".join(name + parameters[name] for name in sorted(parameters))
    # Twilio's scheme, not our choice: HMAC does not need a hash without collisions.
    return base64.b64encode(hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()).decode()
