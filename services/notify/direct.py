"""Messages that are not nudges: the one opt-in question, and answers to replies. The same attempts, without a grant."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import structlog

from services.notify import telling
from services.notify.attempts import Attempt, AttemptState
from services.notify.calling import Caller
from services.notify.facts import number_of, zones_of
from services.notify.rules import Ask, Binding, NotAsked, is_suppressed, may_ask
from services.notify.store import Store
from services.notify.sweeps import claim_bindings, prepared_without_grant
from shared.events.message import MessageKind
from shared.events.settings import SiteMode
from shared.messages.rendering import question
from shared.runtime.clock import Clock
from shared.runtime.postgres import UNREACHABLE, CommitUnconfirmed, Pool, transaction
from shared.runtime.sealing import CannotOpen, ReaderKeys

POLL_SECONDS = 0.2
AT_ONCE = 20
QUESTION_LIVES = timedelta(hours=24)

log = structlog.get_logger("direct")


class DirectMessages:
    """Asks new numbers, and calls what waits without needing a grant."""

    def __init__(
        self,
        pool: Pool,
        caller: Caller,
        keys: ReaderKeys,
        clock: Clock,
        new_id: Callable[[], str],
        committed: Callable[[], None],
    ) -> None:
        self._pool = pool
        self._caller = caller
        self._keys = keys
        self._clock = clock
        self._new_id = new_id
        self._committed = committed
        self._awake = asyncio.Event()

    def wake(self) -> None:
        """An opt-in or a reply has come."""
        self._awake.set()

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            try:
                for binding in await claim_bindings(self._pool, AT_ONCE):
                    await self._consider(binding)
                for site_id, attempt_id in await prepared_without_grant(self._pool, AT_ONCE):
                    await self._send(site_id, attempt_id)
            except (*UNREACHABLE, CommitUnconfirmed) as error:
                log.warning("direct_waits", error=type(error).__name__)
            await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._awake.wait()
        except TimeoutError:
            pass
        self._awake.clear()

    async def _send(self, site_id: UUID, attempt_id: str) -> None:
        async with transaction(self._pool) as tx:
            attempt = await Store(tx).attempts.lock_attempt(site_id, attempt_id)
        if attempt is not None and attempt.state is AttemptState.PREPARED:
            await self._caller.call(attempt, attempt.body or "", None)

    async def _consider(self, binding: Binding) -> None:
        async with transaction(self._pool) as tx:
            await self._decide(Store(tx), binding)
        self._committed()

    async def _decide(self, store: Store, binding: Binding) -> None:
        """Under the lock on the recipient: two opt-ins of one number never lead to two questions."""
        site, now = await store.site(binding.site_id), self._clock.now()
        if site is None:
            return
        await store.consents.lock_recipient(site.account_id, binding.recipient_index)
        suppressed_at, lifted_at = await store.consents.suppression(site.account_id, binding.recipient_index)
        last = await store.consents.last_question(site.account_id, binding.recipient_index)
        standing = await store.standing(binding.site_id)
        keys = [f"visitor:{binding.visitor_id}", f"phone:{binding.recipient_index}"]
        try:
            zones = zones_of(binding, site, number_of(binding, self._keys))
        except CannotOpen:
            zones = frozenset()
        verdict = may_ask(
            binding,
            site,
            is_live=site.mode is SiteMode.LIVE and not standing.paused and not standing.held,
            suppressed=is_suppressed(suppressed_at, lifted_at),
            last_question_at=None if last is None else last["asked_at"],
            ordered_since=await store.consents.ordered_since(binding.site_id, keys, binding.given_at),
            zones=zones,
            now=now,
        )
        match verdict:
            case Ask():
                await self._ask(store, binding, site.account_id, site.name)
            case NotAsked(reason, None):
                await store.consents.set_binding(binding, "refused", reason.value, None)
                await store.emit([telling.opt_in(binding, "refused", reason, None, now)])
                await store.attempts.wake_nudges(binding.site_id, binding.visitor_id)
            case NotAsked(reason, until):
                await store.consents.set_binding(binding, "new", reason.value, until)

    async def _ask(self, store: Store, binding: Binding, account_id: UUID, brand: str) -> None:
        now = self._clock.now()
        attempt = Attempt(
            site_id=binding.site_id,
            attempt_id=self._new_id(),
            account_id=account_id,
            kind=MessageKind.QUESTION,
            channel=binding.channel,
            cause=str(binding.consent_event_id),
            nudge_id=None,
            cart_id=None,
            visitor_id=binding.visitor_id,
            recipient_kind=binding.recipient_kind,
            recipient_index=binding.recipient_index,
            box=binding.box,
            body=question(brand),
            link_id=None,
            state=AttemptState.PREPARED,
            try_number=1,
            send_before=now + QUESTION_LIVES,
        )
        if await store.attempts.open_attempt(attempt):
            await store.consents.add_question(account_id, binding, attempt.attempt_id, now)
            await store.emit([telling.opt_in(binding, "asked", None, None, now)])
        await store.consents.set_binding(binding, "asked", None, None)
