"""Twilio's Programmable Messaging API. The sandbox carrier of demo and tests is this API at another address."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import httpx

from services.notify.channels.results import NotSent, Outcome, Unknown, outcome_of
from services.notify.channels.retry_after import moment_of, seconds_until
from services.notify.channels.sms import Listed, Sms, SmsSender
from shared.runtime.http.untrusted import text

API = "https://api.twilio.com"
CALL_SECONDS = 8.0
CONNECT_SECONDS = 3.0
LONGEST_ID = 128


class Twilio:
    """One HTTP client for all sites of a process; no proxies from the environment, no redirects."""

    def __init__(self, now: Callable[[], datetime], api: str = API) -> None:
        self._now = now
        self._api = api
        self._client = httpx.AsyncClient(
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(CALL_SECONDS, connect=CONNECT_SECONDS),
            # A kept connection may have died unseen: what is written to it is neither sent nor provably unsent.
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=0),
        )

    async def send(self, sender: SmsSender, sms: Sms) -> Outcome:
        """POST a message once."""
        form = {
            "To": sms.to,
            "From": sender.from_number,
            "Body": sms.body,
            "StatusCallback": sms.callback,
            "ValidityPeriod": str(max(1, sms.valid_seconds)),
        }
        try:
            async with asyncio.timeout(CALL_SECONDS):
                answer = await self._client.post(
                    self._messages(sender), data=form, auth=(sender.account_sid, sender.auth_token)
                )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.InvalidURL):
            return NotSent()  # no byte of the request has left
        except (httpx.HTTPError, TimeoutError, OSError):
            return Unknown()
        body = _json(answer)
        sid, code = body.get("sid"), body.get("code")
        return outcome_of(
            answer.status_code,
            code if isinstance(code, int) else None,
            text(sid, LONGEST_ID) if isinstance(sid, str) else None,
            seconds_until(answer.headers.get("Retry-After"), self._now()),
        )

    async def list_sent(self, sender: SmsSender, to: str) -> Sequence[Listed]:
        """The newest 50 messages to a number."""
        try:
            answer = await self._client.get(
                self._messages(sender),
                params={"To": to, "From": sender.from_number, "PageSize": "50"},
                auth=(sender.account_sid, sender.auth_token),
            )
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            return []
        messages = _json(answer).get("messages") if answer.status_code == 200 else None
        return [found for each in messages if (found := _listed(each))] if isinstance(messages, list) else []

    def _messages(self, sender: SmsSender) -> str:
        return f"{self._api}/2010-04-01/Accounts/{sender.account_sid}/Messages.json"

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _json(answer: httpx.Response) -> Mapping[str, object]:
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _listed(message: object) -> Listed | None:
    if not isinstance(message, dict):
        return None
    created_at = moment_of(str(message.get("date_created")))
    sid, body, status = message.get("sid"), message.get("body"), message.get("status")
    if created_at is None or not (isinstance(sid, str) and isinstance(body, str) and isinstance(status, str)):
        return None  # what cannot be read proves nothing
    return Listed(sid, body, status, created_at)


def signature_of(auth_token: str, address: str, form: Mapping[str, str]) -> str:
    """X-Twilio-Signature: base64 of HMAC-SHA1 over the exact address and the sorted parameters (Twilio, webhook security)."""
    text = address + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.digest(auth_token.encode(), text.encode(), hashlib.sha1)).decode()


def is_signed(auth_token: str, address: str, form: Mapping[str, str], signature: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(signature_of(auth_token, address, form).encode(), signature.encode())
