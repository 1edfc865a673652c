-- What was spent on questions to numbers that a stranger may have typed, and the orders by which their number grows.
-- The index on attempts is built while writing waits: migrate in a quiet hour.
SET LOCAL lock_timeout = '5s';

CREATE TABLE budget_uses (
    account_id uuid NOT NULL,
    site_id uuid NOT NULL,
    key text NOT NULL,  -- a site, or the HMAC of a number range or of a client prefix
    consent_event_id uuid NOT NULL,
    used_at timestamptz NOT NULL,
    CONSTRAINT budget_uses_pkey PRIMARY KEY (account_id, key, consent_event_id)
);
CREATE INDEX budget_uses_by_age ON budget_uses (used_at);

CREATE TABLE verified_orders (
    site_id uuid NOT NULL,
    order_hash text NOT NULL,
    told_at timestamptz NOT NULL,
    CONSTRAINT verified_orders_pkey PRIMARY KEY (site_id, order_hash)
);
CREATE INDEX verified_orders_by_age ON verified_orders (told_at);

CREATE INDEX attempts_of_account ON attempts (account_id, called_at) WHERE channel = 'sms' AND called_at IS NOT NULL;
