"""A database restored from a backup reads again what became of the messages that it has lost."""

from datetime import datetime, timedelta

import pytest

from shared.events.cart import CartAbandoned
from shared.events.nudge import NudgeDue, NudgeLapsed
from tests.support.builders.orders import a_cart_update, a_site, at
from tests.support.memory.orders_rig import Rig, accepted, an_abandoned_cart

ABANDONED = at(30)


@pytest.mark.parametrize("backup", [at(0), ABANDONED], ids=["before the cart", "between the cart's end and its reminder"])
async def test_a_reminder_that_was_sent_since_the_backup_is_not_due_again(backup: datetime) -> None:
    site = a_site(delays=(60,))
    rig = await an_abandoned_cart(site)
    await rig.pass_time(at(32))
    sent = accepted(rig)
    restored = Rig()
    await restored.configure(site)
    if backup == ABANDONED:
        await restored.storefront(a_cart_update())
        await restored.pass_time(backup)

    await restored.messages(sent)
    await restored.storefront(a_cart_update())
    await restored.pass_time(at(31) + timedelta(days=4))

    assert len(restored.emitted(CartAbandoned)) == 1
    assert restored.emitted(NudgeDue) == []
    assert restored.emitted(NudgeLapsed) == [], "it has ended by the message's own event"
