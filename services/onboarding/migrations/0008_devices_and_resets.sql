-- What a merchant's own browsers are known by, and links by which a forgotten password is replaced.
-- Each account gets a key of its own: the table is small, and rewriting it takes a moment.
SET LOCAL lock_timeout = '5s';

ALTER TABLE accounts ADD COLUMN device_key bytea NOT NULL
    DEFAULT decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex');

CREATE TABLE password_resets (
    token_hash bytea NOT NULL,  -- the link itself is on the operator's screen or in the merchant's mailbox alone
    account_id uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT password_resets_pkey PRIMARY KEY (token_hash)
);
CREATE INDEX password_resets_of_account ON password_resets (account_id);
CREATE INDEX password_resets_by_age ON password_resets (expires_at);
CREATE INDEX sessions_of_account ON sessions (account_id);
