"""A migration expands: the release before it runs on. What it leaves behind goes a release later (docs/add-a-migration.md)."""

import re
import tomllib

import pytest

from deploy.local.folders import CHECKOUT
from shared.runtime.build import VERSION
from tests.support.migration_rules import faults_in, migration_files

PREVIOUS = tomllib.loads((CHECKOUT / "deploy" / "previous_release.toml").read_text())
CONTRACTIONS = {each["file"]: each["since"] for each in PREVIOUS.get("contraction", [])}
EXPANDS = {
    "a nullable column": "ALTER TABLE carts ADD COLUMN reader text;",
    "a column with a default": "ALTER TABLE carts ADD COLUMN lines integer NOT NULL DEFAULT 0, ADD COLUMN reader text;",
    "a new table and its index": "CREATE TABLE notes (n integer NOT NULL UNIQUE); CREATE UNIQUE INDEX notes_n ON notes (n);",
    "an index on a small table": "-- small table: sites, one row for each shop\nCREATE INDEX sites_by_age ON sites (at);",
    "an index built by hand": "-- built before: carts, by CONCURRENTLY\nCREATE INDEX IF NOT EXISTS carts_by_age ON carts (at);",
    "words in comments and texts": "-- DROP TABLE carts\nINSERT INTO notes VALUES ('RENAME; DROP COLUMN x; SET NOT NULL');",
    "a column that may be empty from now on": "ALTER TABLE carts ALTER COLUMN reader DROP NOT NULL;",
    "an index that goes": "DROP INDEX carts_by_age;",
}
CONTRACTS = {
    "ALTER TABLE carts RENAME COLUMN a TO b;": "renames",
    "ALTER TABLE carts RENAME TO baskets;": "renames",
    "DROP TABLE carts;": "drops",
    "ALTER TABLE carts ADD COLUMN b text, DROP COLUMN a;": "drops",
    "ALTER TABLE carts DROP CONSTRAINT carts_pkey;": "drops",
    "alter table carts alter column a drop default;": "drops",
    "ALTER TABLE carts ALTER COLUMN a SET NOT NULL;": "refuses rows",
    "ALTER TABLE carts ADD CONSTRAINT positive CHECK (a > 0);": "refuses rows",
    "CREATE UNIQUE INDEX once ON carts (a);": "refuses rows",
    "ALTER TABLE carts ADD COLUMN a text NOT NULL;": "leaves empty",
    "ALTER TABLE carts ADD COLUMN a integer DEFAULT 0, ADD COLUMN b text NOT NULL;": "leaves empty",
    "ALTER TABLE carts ALTER COLUMN a TYPE bigint;": "changes a type",
    "ALTER TABLE carts ALTER COLUMN a SET DATA TYPE bigint;": "changes a type",
    "CREATE INDEX carts_by_age ON carts (at);": "writers wait",
    "-- small table: carts, no\nCREATE INDEX carts_by_age ON carts (at);": "writers wait",
}


@pytest.mark.parametrize("kind", EXPANDS)
def test_what_older_code_does_not_notice_may_be_added(kind: str) -> None:
    assert faults_in(EXPANDS[kind]) == []


@pytest.mark.parametrize("sql", CONTRACTS)
def test_what_older_code_would_notice_waits_for_a_release(sql: str) -> None:
    faults = faults_in(sql)

    assert any(CONTRACTS[sql] in fault for fault in faults), faults


def test_each_migration_since_the_last_release_expands_or_is_listed() -> None:
    baseline: dict[str, int] = PREVIOUS["migrations"]
    files = {name: sql for service, number in baseline.items() for name, sql in migration_files(service, number).items()}

    assert {name: faults for name, sql in files.items() if (faults := faults_in(sql)) and name not in CONTRACTIONS} == {}


def test_a_listed_contraction_is_there_and_its_time_has_come() -> None:
    """Older than what runs now: the release since which nothing needs it is out, and the one before may be gone."""
    here = {name for service in PREVIOUS["migrations"] for name in migration_files(service, 0)}

    assert set(CONTRACTIONS) <= here
    assert {name: since for name, since in CONTRACTIONS.items() if numbers_of(since) >= numbers_of(VERSION)} == {}


def numbers_of(version: str) -> tuple[int, ...]:
    assert re.fullmatch(r"\d+\.\d+\.\d+", version), version
    return tuple(map(int, version.split(".")))
