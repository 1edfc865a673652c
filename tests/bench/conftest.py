"""The console's fixtures, for its figures."""

from tests.integration.onboarding.conftest import anna, app, bell, made, pool, transport

__all__ = ["anna", "app", "bell", "made", "pool", "transport"]
