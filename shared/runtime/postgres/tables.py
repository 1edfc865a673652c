"""The statements of the runtime for each service's schema, made once from a closed set of names."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

Schema = Literal["sources", "orders", "notify", "onboarding"]
STOPPED = "coalesce((SELECT paused FROM ~pauses WHERE site_id = '00000000-0000-0000-0000-000000000000'), false)"
NEVER_STOPPED = "false"
"""Of a service that sends nothing: it goes on reporting orders whatever is stopped."""


@dataclass(frozen=True)
class Tables:
    """Names the runtime's tables in one service's schema. Nothing from outside ever gets into these texts."""

    schema: Schema

    def __post_init__(self) -> None:
        assert self.schema in get_args(Schema), "a schema is one of ours"

    def named(self, statement: str) -> str:
        """A statement of ours with the schema in front of each table that is written ``~table``."""
        return statement.replace("~", f"{self.schema}.")

    @cached_property
    def put_outbox(self) -> str:
        """$1 topics, $2 partitions, $3 keys, $4 values, $5 headers."""
        return self.named(
            """
            INSERT INTO ~outbox (topic, partition, key, value, headers)
            SELECT * FROM UNNEST($1::text[], $2::integer[], $3::bytea[], $4::bytea[], $5::text[])
            """
        )

    @cached_property
    def read_outbox(self) -> str:
        """$1 how many."""
        return self.named("SELECT id, topic, partition, key, value, headers FROM ~outbox ORDER BY id LIMIT $1")

    @cached_property
    def delete_outbox(self) -> str:
        """$1 ids."""
        return self.named("DELETE FROM ~outbox WHERE id = ANY($1::bigint[])")

    @cached_property
    def read_lag(self) -> str:
        """Over all sites, for an operator's eyes: holds that stand, for how long the oldest record has waited, a stop."""
        return self.named(
            """
            SELECT (SELECT count(*) FROM ~holds WHERE released_at IS NULL) AS holds,
                   (SELECT extract(epoch FROM clock_timestamp() - put_at)::float8
                      FROM ~outbox ORDER BY id LIMIT 1) AS outbox_seconds,
                   (STOPPED) AS sending_stopped
            """.replace("STOPPED", NEVER_STOPPED if self.schema == "sources" else STOPPED)
        )

    @cached_property
    def take_lease(self) -> str:
        """$1 holder, $2 seconds. Returns a row when the lease is ours."""
        return self.named(
            """
            UPDATE ~relay_lease
               SET holder = $1, expires_at = clock_timestamp() + make_interval(secs => $2)
             WHERE holder = $1 OR expires_at < clock_timestamp()
         RETURNING true
            """
        )

    @cached_property
    def give_lease_back(self) -> str:
        """$1 holder."""
        return self.named("UPDATE ~relay_lease SET expires_at = '-infinity' WHERE holder = $1")

    @cached_property
    def read_identity(self) -> str:
        """$1 topic."""
        return self.named("SELECT cluster_id, partitions FROM ~log_identity WHERE topic = $1")

    @cached_property
    def put_identity(self) -> str:
        """$1 topic, $2 cluster id, $3 partitions. Returns a row when nobody had stored it before."""
        return self.named(
            """
            INSERT INTO ~log_identity (topic, cluster_id, partitions) VALUES ($1, $2, $3)
                ON CONFLICT DO NOTHING
         RETURNING true
            """
        )

    @cached_property
    def forget_identity(self) -> str:
        """$1 topic."""
        return self.named("DELETE FROM ~log_identity WHERE topic = $1")

    @cached_property
    def forget_offsets(self) -> str:
        """$1 topic."""
        return self.named("DELETE FROM ~offsets WHERE topic = $1")

    @cached_property
    def put_offsets(self) -> str:
        """$1 topic, $2 partitions, $3 offsets."""
        return self.named(
            """
            INSERT INTO ~offsets (topic, partition, next_offset)
            SELECT $1, * FROM UNNEST($2::integer[], $3::bigint[])
            """
        )

    @cached_property
    def read_offset(self) -> str:
        """$1 topic, $2 partition."""
        return self.named("SELECT next_offset, unreadable_in_row FROM ~offsets WHERE topic = $1 AND partition = $2")

    @cached_property
    def read_offsets(self) -> str:
        """Of every topic and partition."""
        return self.named("SELECT topic, partition, next_offset FROM ~offsets ORDER BY topic, partition")

    @cached_property
    def count_unreadable(self) -> str:
        """$1 topic, $2 partition, $3 how many in a row."""
        return self.named("UPDATE ~offsets SET unreadable_in_row = $3 WHERE topic = $1 AND partition = $2")

    @cached_property
    def move_offset(self) -> str:
        """$1 topic, $2 partition, $3 from, $4 to. Returns a row when nobody else moved it."""
        return self.named(
            """
            UPDATE ~offsets SET next_offset = $4
             WHERE topic = $1 AND partition = $2 AND next_offset = $3
         RETURNING true
            """
        )

    @cached_property
    def place_hold(self) -> str:
        """$1 site, $2 topic, $3 partition, $4 offset, $5 reason."""
        return self.named(
            """
            INSERT INTO ~holds (site_id, topic, partition, kafka_offset, reason)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (site_id, topic, partition, kafka_offset) DO UPDATE
               SET reason = excluded.reason, released_at = NULL
            """
        )

    @cached_property
    def active_hold(self) -> str:
        """$1 site. A hold on every site counts for each."""
        return self.named(
            """
            SELECT reason FROM ~holds
             WHERE site_id IN ($1, '00000000-0000-0000-0000-000000000000') AND released_at IS NULL
             LIMIT 1
            """
        )

    @cached_property
    def release_holds(self) -> str:
        """$1 site."""
        return self.named("UPDATE ~holds SET released_at = clock_timestamp() WHERE site_id = $1 AND released_at IS NULL")

    @cached_property
    def release_holds_of_record(self) -> str:
        """$1 topic, $2 partition, $3 offset: the holds that this record placed, on whichever sites."""
        return self.named(
            """
            UPDATE ~holds SET released_at = clock_timestamp()
             WHERE topic = $1 AND partition = $2 AND kafka_offset = $3 AND released_at IS NULL
            """
        )

    @cached_property
    def has_passed(self) -> str:
        """$1 topic, $2 partition, $3 offset, $4 its dead letters: whether it was read, and no dead letter waits to leave."""
        return self.named(
            """
            SELECT EXISTS (SELECT FROM ~offsets WHERE topic = $1 AND partition = $2 AND next_offset > $3)
               AND NOT EXISTS (SELECT FROM ~outbox WHERE topic = $4)
            """
        )

    @cached_property
    def list_holds(self) -> str:
        """Every active hold: an operator's sweep over all sites."""
        return self.named(
            """
            SELECT site_id, topic, partition, kafka_offset, reason, placed_at FROM ~holds
             WHERE released_at IS NULL ORDER BY placed_at
            """
        )
