-- Which events of erasures were applied: one that is read anew erases what its own topic brought back, and nothing else.
SET LOCAL lock_timeout = '5s';

CREATE TABLE erasures (
    site_id uuid NOT NULL,
    event_id uuid NOT NULL,
    applied_at timestamptz NOT NULL,
    CONSTRAINT erasures_pkey PRIMARY KEY (site_id, event_id)
);
CREATE INDEX erasures_by_age ON erasures (applied_at);
ALTER TABLE erasures ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY erasures_of_who_asks ON erasures
    USING ((SELECT onboarding.asking_account()) IS NULL OR site_id IN (SELECT s.site_id FROM onboarding.sites AS s));
