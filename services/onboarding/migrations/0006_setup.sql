-- What a look at a shop's own page found, and links for whoever pastes the codes without an account.

CREATE TABLE shop_checks (
    site_id uuid NOT NULL,
    checked_at timestamptz NOT NULL,
    findings text NOT NULL,
    CONSTRAINT shop_checks_pkey PRIMARY KEY (site_id)
);
ALTER TABLE shop_checks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY shop_checks_of_who_asks ON shop_checks
    USING ((SELECT onboarding.asking_account()) IS NULL OR site_id IN (SELECT s.site_id FROM onboarding.sites AS s));

CREATE TABLE setup_links (
    site_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT setup_links_pkey PRIMARY KEY (site_id)  -- a new link ends the one before it
);
CREATE UNIQUE INDEX setup_links_by_token ON setup_links (token_hash);
ALTER TABLE setup_links ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY setup_links_of_who_asks ON setup_links
    USING ((SELECT onboarding.asking_account()) IS NULL OR site_id IN (SELECT s.site_id FROM onboarding.sites AS s));
