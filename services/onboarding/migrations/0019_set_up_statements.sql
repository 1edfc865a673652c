-- What a merchant has stated of the shop during the set-up, each time anew: the answer that none has replaced holds. A new table.
SET LOCAL lock_timeout = '5s';

CREATE TABLE set_up_statements (
    site_id uuid NOT NULL,
    question text NOT NULL,
    stated_at timestamptz NOT NULL,
    answer text NOT NULL,
    reader text,  -- of the cart that was shown with the question; null: the shop's own code
    stated_by text NOT NULL,  -- a merchant's own sign-in name
    replaced_at timestamptz,
    CONSTRAINT set_up_statements_pkey PRIMARY KEY (site_id, question, stated_at)
);
CREATE INDEX set_up_statements_by_age ON set_up_statements (replaced_at);
ALTER TABLE set_up_statements ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY set_up_statements_of_who_asks ON set_up_statements
    USING ((SELECT onboarding.asking_account()) IS NULL OR site_id IN (SELECT s.site_id FROM onboarding.sites AS s));
