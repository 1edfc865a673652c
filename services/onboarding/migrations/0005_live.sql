-- Live events are read in the order of the transactions that wrote them, so that one which commits late is not passed over.
-- The table is written anew while it is locked: consumers wait for it, pages too; a small one takes well under a second.

ALTER TABLE timeline
    ADD COLUMN seq bigint GENERATED ALWAYS AS IDENTITY,
    ADD COLUMN written_in xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX timeline_in_order ON timeline (site_id, written_in, seq);
