"""Orders as XML Tools has them, read into reports under the names of the order API.

No document lists what ``PlacedBy`` holds. An order of the online store has a ``Browser`` block; one without was keyed in, or
came from a club's batch or an import, which their words give away.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from services.ingest.contacts import Contacts
from services.ingest.orders.reports import NoIdentity, read_server_order
from services.ingest.sites import Site
from services.ingest.sources.nexternal.clock import moment_of
from services.ingest.sources.nexternal.replies import PolledCustomer, PolledOrder
from shared.events.storefront import OrderReported, Witness

BATCH_WORDS, IMPORT_WORDS = ("club", "bulk", "batch", "recurring"), ("import", "xml")
SMALLEST_BATCH = 5
"""Orders without a browser that the same hand placed in the same minute: nobody keys in so many."""
NOT_PAID = frozenset({"declined", "canceled", "cancelled"})


def batches_among(orders: Sequence[PolledOrder]) -> frozenset[tuple[str, datetime | None]]:
    """Whose orders of which minutes are a batch, whatever they are called."""
    minutes = Counter((order.placed_by, order.placed_at) for order in orders if not order.has_browser)
    return frozenset(minute for minute, count in minutes.items() if count >= SMALLEST_BATCH)


def origin_of(order: PolledOrder, batches: frozenset[tuple[str, datetime | None]]) -> str:
    """The origin, in the order API's words."""
    if order.has_browser:
        return "storefront"
    words = f"{order.placed_by} {order.type}".lower()
    if any(word in words for word in BATCH_WORDS) or (order.placed_by, order.placed_at) in batches:
        return "batch"
    return "import" if any(word in words for word in IMPORT_WORDS) else "back_office"


def status_of(order: PolledOrder) -> str:
    """The status, in the order API's words. A declined card made no purchase, and its shopper is not reminded either."""
    billing = order.billing_status.lower()
    if order.status.lower() in ("canceled", "cancelled") or billing in NOT_PAID:
        return "cancelled"
    return "refunded" if billing == "refunded" else "placed"


def report_of(
    order: PolledOrder,
    customer: PolledCustomer | None,
    origin: str,
    received_at: datetime,
    site: Site,
    contacts: Contacts,
    offset: timedelta | None,
) -> OrderReported | None:
    """The report of an order, None where it names nobody.

    Its id is of the order and what it holds: the same at every poll, also once the account's clock is learned.
    """
    try:
        report = read_server_order(fields_of(order, customer, origin), received_at, site, contacts, witness=Witness.POLL).event
    except NoIdentity:
        return None
    dated = moment_of(order.placed_at, received_at, offset)
    return report.model_copy(
        update={
            "placed_at": dated.placed_at,
            "occurred_at": dated.effective_at,
            "effective_at": dated.effective_at,
            "fences_until": dated.fences_until,
            "uncertainty_seconds": int(dated.uncertainty.total_seconds()),
        }
    )


def fields_of(order: PolledOrder, customer: PolledCustomer | None, origin: str) -> dict[str, object]:
    """The fields of the order API."""
    emails, phones = ([], []) if customer is None else ([customer.email], [*customer.phones])
    return {
        "order_id": order.number,
        "status": status_of(order),
        "total": order.total,
        "email": _lines(order.email, *emails),
        "phone": _lines(order.phone, *phones),
        "customer_id": order.customer_number,
        "origin": origin,
        "items": [
            {"product_id": each.product_id, "name": each.name, "quantity": each.quantity, "unit_price": each.unit_price}
            for each in order.lines
        ],
        "updated_at": None if order.placed_at is None else f"{order.placed_at.isoformat()}Z",  # for the id alone
    }


def _lines(*texts: str) -> str:
    """Several contacts in one field, each on its line."""
    return "\n".join(dict.fromkeys(filter(None, texts)))
