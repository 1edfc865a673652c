"""Migrations are numbered without gaps and without doubles: a file that shares its number would never be applied."""

import pytest

from shared.runtime.postgres.migrate import migrations_of, newest_version


@pytest.mark.parametrize("service", ["sources", "orders", "notify", "onboarding"])
def test_migrations_are_numbered_one_by_one(service: str) -> None:
    assert sorted(migrations_of(service)) == list(range(1, newest_version(service) + 1))
