-- Budgets that a merchant raised, and which budget keeps an opt-in back: raised, it is looked at again.
-- The index on bindings is built while writing waits: migrate in a quiet hour.
SET LOCAL lock_timeout = '5s';

CREATE TABLE raised_budgets (
    account_id uuid NOT NULL,
    site_id uuid NOT NULL,  -- the nil UUID: every site of the account
    budget text NOT NULL,
    most integer NOT NULL,
    until timestamptz NOT NULL,
    CONSTRAINT raised_budgets_pkey PRIMARY KEY (account_id, site_id, budget)
);
CREATE INDEX raised_budgets_by_end ON raised_budgets (until);

ALTER TABLE bindings ADD COLUMN held_by text;
CREATE INDEX bindings_held ON bindings (site_id, held_by) WHERE held_by IS NOT NULL;
