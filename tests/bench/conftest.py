"""The console's fixtures, for its figures."""

from tests.integration.onboarding.conftest import anna, app, made, notifier, pool, transport

__all__ = ["anna", "app", "made", "notifier", "pool", "transport"]
