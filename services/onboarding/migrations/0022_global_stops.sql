-- The operator's stop of all sending: who, when, why, and who ended it. A small new table, locked by nobody.
CREATE TABLE global_stops (
    stop_id uuid NOT NULL,
    stopped_at timestamptz NOT NULL,
    stopped_by text NOT NULL,
    reason text NOT NULL,
    resumed_at timestamptz,
    resumed_by text,
    resume_reason text,
    CONSTRAINT global_stops_pkey PRIMARY KEY (stop_id)
);
CREATE UNIQUE INDEX global_stops_standing ON global_stops ((resumed_at IS NULL)) WHERE resumed_at IS NULL;
CREATE INDEX global_stops_resumed ON global_stops (resumed_at);
