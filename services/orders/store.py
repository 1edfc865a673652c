"""What orders remembers, by subject; one store for each transaction."""

from collections.abc import Sequence

from services.orders.store_asks import AskStore
from services.orders.store_carts import CartStore
from services.orders.store_evidence import EvidenceStore
from services.orders.store_reports import ReportStore
from shared.events.envelope import Event
from shared.runtime.outbox import put
from shared.runtime.postgres import Transaction
from shared.runtime.tables import Tables

TABLES = Tables("orders")


class Store:
    """The SQL store. It neither opens nor commits its transaction."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx
        self.carts = CartStore(tx)
        self.evidence = EvidenceStore(tx)
        self.asks = AskStore(tx)
        self.reports = ReportStore(tx)

    async def emit(self, events: Sequence[Event]) -> None:
        """These leave when the transaction commits."""
        await put(self.tx, TABLES, events)
