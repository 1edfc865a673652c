-- What merchants pointed out on their shops' pages, version by version, and the links by which they do. New tables: nothing waits.
SET LOCAL lock_timeout = '5s';

CREATE TABLE pointing_links (
    site_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    made_by text NOT NULL,  -- the account's own address
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT pointing_links_pkey PRIMARY KEY (site_id)  -- a new link ends the one before it
);
CREATE UNIQUE INDEX pointing_links_by_token ON pointing_links (token_hash);
CREATE INDEX pointing_links_by_age ON pointing_links (expires_at);
ALTER TABLE pointing_links ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY pointing_links_of_who_asks ON pointing_links
    USING ((SELECT onboarding.asking_account()) IS NULL OR site_id IN (SELECT s.site_id FROM onboarding.sites AS s));

CREATE TABLE pointings (
    site_id uuid NOT NULL,
    number integer NOT NULL,
    made_at timestamptz NOT NULL,
    made_by text NOT NULL,  -- the account's own address
    pointing text NOT NULL,
    readings text NOT NULL,
    undone_at timestamptz,
    CONSTRAINT pointings_pkey PRIMARY KEY (site_id, number)
);
ALTER TABLE pointings ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY pointings_of_who_asks ON pointings
    USING ((SELECT onboarding.asking_account()) IS NULL OR site_id IN (SELECT s.site_id FROM onboarding.sites AS s));
