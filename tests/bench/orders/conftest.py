"""The servers of orders, for its figures."""

from tests.integration.orders.conftest import database, kafka, pool, postgres

__all__ = ["database", "kafka", "pool", "postgres"]
