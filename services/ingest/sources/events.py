"""Every event of the sources but the reports of orders. What follows from a cause has an id that does."""

from datetime import datetime
from uuid import UUID

from shared.events.envelope import to_wire_time
from shared.events.identifiers import derived_event_id
from shared.events.signals import SignalKind, SiteSignalled
from shared.events.storefront import SourceSynced


def source_synced_event(site_id: UUID, source: str, through: datetime, now: datetime) -> SourceSynced:
    """The event that a source has reported every order up to a moment. It follows the orders in their partition."""
    return SourceSynced(
        event_id=derived_event_id(f"{site_id}|{source}|{to_wire_time(through)}", "source.synced"),
        site_id=site_id,
        occurred_at=now,
        received_at=now,
        source=source,
        synced_through=through,
    )


def signal_event(event_id: UUID, site_id: UUID, kind: SignalKind, field: str | None, now: datetime) -> SiteSignalled:
    """What the merchant's set-up shows of a poll; ``field`` names the state of a failed one."""
    return SiteSignalled(event_id=event_id, site_id=site_id, occurred_at=now, received_at=now, kind=kind, count=1, field=field)
