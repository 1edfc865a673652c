"""The test message that a merchant sends to their own phone, to see what shoppers would get."""

from datetime import datetime, timedelta

from services.notify.rules.attempts import Attempt, AttemptState
from shared.events.envelope import Channel
from shared.events.merchant import TestMessageRequested
from shared.events.message import MessageKind
from shared.events.settings import SiteConfigured
from shared.messages.rendering import SAMPLE_ITEMS, NothingToRender, ReminderFields, render

TEST_WITHIN = timedelta(minutes=10)


def merchant_test_of(
    event: TestMessageRequested, site: SiteConfigured, link: str, attempt_id: str, now: datetime
) -> Attempt | None:
    """The text of a step about a sample cart, as the editor shows it. None where it cannot be rendered."""
    if event.channel is not Channel.SMS or not 1 <= event.step <= len(site.campaign.steps):
        return None
    fields = ReminderFields(site.name, SAMPLE_ITEMS, link)
    try:
        body = render(site.campaign.steps[event.step - 1].template, fields)
    except NothingToRender:
        return None
    return Attempt(
        site_id=event.site_id,
        attempt_id=attempt_id,
        account_id=site.account_id,
        kind=MessageKind.TEST,
        channel=event.channel.value,
        cause=str(event.event_id),
        nudge_id=None,
        cart_id=None,
        visitor_id=None,
        recipient_kind=event.contact.kind.value,
        recipient_index=event.contact.index,
        box=event.contact.box,
        body=body,
        link_id=None,
        state=AttemptState.PREPARED,
        try_number=1,
        send_before=now + TEST_WITHIN,
    )
