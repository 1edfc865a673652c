-- When each shop is looked at next, by whichever replica is free; and what looks found on pages besides the first.
-- A row for each shop that there is, spread over an hour: 10,000 of them are no burst. New columns with a constant default
-- rewrite nothing.
SET LOCAL lock_timeout = '5s';

ALTER TABLE shop_checks ADD COLUMN pages text NOT NULL DEFAULT '[]';

CREATE TABLE shop_watches (
    site_id uuid NOT NULL,
    due_at timestamptz NOT NULL,
    open_until timestamptz NOT NULL,  -- somebody has its set-up open until then, for all that is known
    CONSTRAINT shop_watches_pkey PRIMARY KEY (site_id)
);
CREATE INDEX shop_watches_due ON shop_watches (due_at);
CREATE INDEX shop_watches_open ON shop_watches (open_until);
ALTER TABLE shop_watches ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY shop_watches_of_who_asks ON shop_watches
    USING ((SELECT onboarding.asking_account()) IS NULL OR site_id IN (SELECT s.site_id FROM onboarding.sites AS s));

INSERT INTO shop_watches (site_id, due_at, open_until)
SELECT s.site_id, now() + random() * interval '1 hour', s.created_at FROM sites AS s;
