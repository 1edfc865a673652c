-- What shoppers wrote that is no keyword, sealed for the console; and who opened it when. New tables: nothing waits.
SET LOCAL lock_timeout = '5s';

CREATE TABLE replies (
    site_id uuid NOT NULL,
    reply_id uuid NOT NULL,
    recipient_index text NOT NULL,
    visitor_id text,
    cart_id uuid,
    received_at timestamptz NOT NULL,
    box text NOT NULL,  -- opened when somebody looks at it, and never stored open
    CONSTRAINT replies_pkey PRIMARY KEY (site_id, reply_id)
);
CREATE INDEX replies_latest ON replies (site_id, received_at DESC, reply_id DESC);
CREATE INDEX replies_of_recipient ON replies (site_id, recipient_index, received_at DESC);
CREATE INDEX replies_of_cart ON replies (site_id, cart_id) WHERE cart_id IS NOT NULL;
CREATE INDEX replies_by_age ON replies (received_at);
ALTER TABLE replies ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY replies_of_who_asks ON replies
    USING ((SELECT onboarding.asking_account()) IS NULL OR site_id IN (SELECT s.site_id FROM onboarding.sites AS s));

CREATE TABLE reply_openings (
    site_id uuid NOT NULL,
    reply_id uuid NOT NULL,
    opened_at timestamptz NOT NULL,
    opened_by text NOT NULL,  -- a merchant's own sign-in name
    way text NOT NULL,
    CONSTRAINT reply_openings_pkey PRIMARY KEY (site_id, reply_id, opened_at, opened_by)
);
CREATE INDEX reply_openings_by_age ON reply_openings (opened_at);
ALTER TABLE reply_openings ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reply_openings_of_who_asks ON reply_openings
    USING ((SELECT onboarding.asking_account()) IS NULL OR site_id IN (SELECT s.site_id FROM onboarding.sites AS s));
