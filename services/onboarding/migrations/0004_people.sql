-- Whom an account never writes to, by index alone, and whether a site's merchant has said so before the first message.
-- The index over timelines is built while its table is locked against writing: consumers wait for seconds, nobody else does.
SET LOCAL lock_timeout = '5s';

CREATE TABLE opt_outs (
    account_id uuid NOT NULL,
    recipient_index text NOT NULL,
    kind text NOT NULL,
    added_at timestamptz NOT NULL,
    CONSTRAINT opt_outs_pkey PRIMARY KEY (account_id, recipient_index)
);
ALTER TABLE opt_outs ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY opt_outs_of_who_asks ON opt_outs
    USING ((SELECT onboarding.asking_account()) IS NULL OR account_id = (SELECT onboarding.asking_account()));

CREATE TABLE opt_out_statements (
    site_id uuid NOT NULL,
    said_at timestamptz NOT NULL,
    CONSTRAINT opt_out_statements_pkey PRIMARY KEY (site_id)
);
ALTER TABLE opt_out_statements ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY opt_out_statements_of_who_asks ON opt_out_statements
    USING ((SELECT onboarding.asking_account()) IS NULL OR site_id IN (SELECT s.site_id FROM onboarding.sites AS s));

CREATE INDEX timeline_of_recipient ON timeline (site_id, ((event::jsonb #>> '{recipient,index}')))
    WHERE event::jsonb #>> '{recipient,index}' IS NOT NULL;
