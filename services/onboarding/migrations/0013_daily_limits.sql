-- Budgets that kept messages back, for their merchant to see, and what the merchant made of them.

CREATE TABLE budgets_met (
    site_id uuid NOT NULL,
    budget text NOT NULL,
    most integer NOT NULL,
    since timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    questions integer NOT NULL,
    reminders integer NOT NULL,
    raised_at timestamptz,
    raised_to integer,
    raised_until timestamptz,
    CONSTRAINT budgets_met_pkey PRIMARY KEY (site_id, budget)
);
CREATE INDEX budgets_met_by_age ON budgets_met (last_at);
ALTER TABLE budgets_met ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY budgets_met_of_who_asks ON budgets_met
    USING ((SELECT onboarding.asking_account()) IS NULL OR site_id IN (SELECT s.site_id FROM onboarding.sites AS s));

CREATE TABLE limit_changes (
    site_id uuid NOT NULL,
    change_id uuid NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL,  -- the account's own address
    budget text NOT NULL,
    was integer,
    became integer,
    until timestamptz,  -- null: every day
    CONSTRAINT limit_changes_pkey PRIMARY KEY (site_id, change_id)
);
CREATE INDEX limit_changes_by_age ON limit_changes (changed_at);
ALTER TABLE limit_changes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY limit_changes_of_who_asks ON limit_changes
    USING ((SELECT onboarding.asking_account()) IS NULL OR site_id IN (SELECT s.site_id FROM onboarding.sites AS s));
