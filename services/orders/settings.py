"""The environment of orders."""

from shared.runtime.settings import PostgresSettings


class OrdersSettings(PostgresSettings):
    """Nothing of its own: what a site decides comes with its settings, what the law decides stands in ``planning.py``."""
