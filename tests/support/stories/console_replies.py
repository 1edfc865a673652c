"""A reply as notify seals it, on the console's pages."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from services.onboarding.consumers import apply_message_events
from services.onboarding.people.contacts import recipient_of
from services.onboarding.storage.accounts import AccountStore
from shared.events.envelope import Channel
from shared.events.message import ReplyReceived
from shared.runtime.postgres.pool import Pool, transaction
from shared.runtime.security.sealing import ReaderKeys, reply_name, seal_secret
from tests.support.stories.console_client import CONSOLE_KEYS_TEXT

KEYS = ReaderKeys.parse(CONSOLE_KEYS_TEXT)
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
NUMBER = "+12125550123"
SAYS = 'Where is it? </blockquote><script>alert("x")</script> \u202etxt.exe'


async def a_reply(pool: Pool, site_id: UUID, *, text: str = SAYS, at: datetime = NOON, number: str = NUMBER) -> ReplyReceived:
    """A shopper wrote."""
    async with transaction(pool) as tx:
        account = await tx.fetchval("SELECT account_id FROM onboarding.sites WHERE site_id = $1", site_id)
        reply_id, pepper = uuid4(), await AccountStore(tx).pepper_of(account)
        reply = ReplyReceived(
            event_id=reply_id,
            site_id=site_id,
            occurred_at=at,
            received_at=at,
            recipient=recipient_of(number, "US", pepper),
            channel=Channel.SMS,
            cart_id=uuid4(),
            box=seal_secret(KEYS.public_key(), site_id, reply_name(reply_id), text.encode()),
        )
        await apply_message_events([reply], tx)
        await apply_message_events([reply], tx)
    return reply
