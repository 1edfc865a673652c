"""Posts what the carrier owes: status callbacks and replies, signed, until the receiver answers 2xx."""

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta

import httpx

from deploy.demo.carrier.controls import Callbacks, Switchboard
from deploy.demo.carrier.messages import Message, inbound_webhook, status_callback
from deploy.demo.carrier.signature import HEADER, sign
from deploy.demo.carrier.store import CarrierStore, Post, PostKind
from deploy.demo.clock import Clock

AT_ONCE = 20
POLL_SECONDS = 0.1
ANSWER_SECONDS = 3.0
LONGEST_PAUSE_SECONDS = 5.0
GIVE_UP_AFTER_TRIES = 20_000  # about a day: a reply outlives any outage of a demo, and still nothing is tried for ever

log = logging.getLogger("demo.carrier")


class Courier:
    """One loop over what is due. What it posts is in the store, so a killed demo posts it after its next start."""

    def __init__(self, store: CarrierStore, switchboard: Switchboard, client: httpx.AsyncClient, clock: Clock) -> None:
        self._store = store
        self._switchboard = switchboard
        self._client = client
        self._clock = clock
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Something is due now."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._wake.clear()
            async with asyncio.TaskGroup() as group:
                for post in self._store.posts_due(self._clock(), AT_ONCE):
                    group.create_task(self._deliver(post))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)

    async def _deliver(self, post: Post) -> None:
        message = self._store.message(post.message_sid)
        assert message is not None, "a post belongs to a message"
        if post.kind is PostKind.STATUS:
            self._store.advance(message.sid, post.status, self._clock())
        if self._waits(post):
            self._store.post_later(post.position, post.tries, self._clock() + timedelta(seconds=2 * POLL_SECONDS))
        elif self._nobody_wants(post, message) or await self._post(post, message):
            self._store.post_ends(post.position)
        else:
            pause = min(0.3 * 2 ** min(post.tries, 10), LONGEST_PAUSE_SECONDS)
            self._store.post_later(post.position, post.tries + 1, self._clock() + timedelta(seconds=pause))

    def _waits(self, post: Post) -> bool:
        """A reply waits for a webhook to be set, so that none is lost while the account is being set up."""
        if post.kind is PostKind.STATUS:
            return self._switchboard.now.callbacks is Callbacks.HELD
        return not self._switchboard.now.replies or not self._store.account().sms_url

    def _nobody_wants(self, post: Post, message: Message) -> bool:
        if post.tries >= GIVE_UP_AFTER_TRIES:
            return True
        off = self._switchboard.now.callbacks is Callbacks.OFF
        return post.kind is PostKind.STATUS and (off or not message.status_callback)

    async def _post(self, post: Post, message: Message) -> bool:
        account = self._store.account()
        if post.kind is PostKind.STATUS:
            address, parameters = message.status_callback, status_callback(message, account, post.status)
        else:
            address, parameters = account.sms_url, inbound_webhook(message, account)
        headers = {HEADER: sign(account.auth_token, address, parameters)}
        try:
            answer = await self._client.post(address, data=parameters, headers=headers, timeout=ANSWER_SECONDS)
        except httpx.HTTPError as error:
            log.info("%s not taken: %s", post.kind.value, type(error).__name__)
            return False
        return answer.is_success
