-- Accounts, sites, and what the console shows: built from cart-, nudge- and message-events alone.

CREATE TABLE accounts (
    account_id uuid NOT NULL,
    email text NOT NULL,  -- a merchant's own sign-in name
    password_hash text NOT NULL,
    pepper_id text NOT NULL,
    pepper bytea NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT accounts_pkey PRIMARY KEY (account_id),
    CONSTRAINT accounts_email UNIQUE (email)
);

CREATE TABLE sessions (
    account_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    csrf_token text NOT NULL,
    created_at timestamptz NOT NULL,
    used_at timestamptz NOT NULL,
    CONSTRAINT sessions_pkey PRIMARY KEY (token_hash)
);

CREATE TABLE failed_sign_ins (
    subject text NOT NULL,  -- a hash of the account's name, or of the caller's address
    failed_at timestamptz NOT NULL
);
CREATE INDEX failed_sign_ins_of ON failed_sign_ins (subject, failed_at);

CREATE TABLE sites (
    site_id uuid NOT NULL,
    account_id uuid NOT NULL,
    revision bigint NOT NULL,
    settings text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT sites_pkey PRIMARY KEY (site_id)
);
CREATE INDEX sites_of_account ON sites (account_id, created_at);

CREATE TABLE pauses (
    site_id uuid NOT NULL,
    paused boolean NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT pauses_pkey PRIMARY KEY (site_id)
);

CREATE TABLE carts (
    site_id uuid NOT NULL,
    cart_id uuid NOT NULL,
    visitor_id text NOT NULL,
    state text NOT NULL,
    items text NOT NULL DEFAULT '[]',
    total_minor bigint,
    total_currency text,
    opened_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    abandoned boolean NOT NULL DEFAULT false,
    silenced_reason text,
    withheld_reason text,
    messaged boolean NOT NULL DEFAULT false,
    CONSTRAINT carts_pkey PRIMARY KEY (site_id, cart_id)
);
CREATE INDEX carts_latest ON carts (site_id, changed_at DESC);
CREATE INDEX carts_of_visitor ON carts (site_id, visitor_id);

CREATE TABLE timeline (
    site_id uuid NOT NULL,
    event_id uuid NOT NULL,
    cart_id uuid,
    visitor_id text,
    happened_at timestamptz NOT NULL,
    event text NOT NULL,
    CONSTRAINT timeline_pkey PRIMARY KEY (site_id, event_id)
);
CREATE INDEX timeline_of_cart ON timeline (site_id, cart_id, happened_at);
CREATE INDEX timeline_of_visitor ON timeline (site_id, visitor_id, happened_at) WHERE cart_id IS NULL;

CREATE TABLE orders (
    site_id uuid NOT NULL,
    order_key uuid NOT NULL,
    status text NOT NULL,
    credit text NOT NULL,
    verified boolean NOT NULL,
    total_minor bigint,
    total_currency text,
    cart_id uuid,
    placed_at timestamptz NOT NULL,
    told_at timestamptz NOT NULL,
    CONSTRAINT orders_pkey PRIMARY KEY (site_id, order_key)
);

CREATE TABLE signals (
    site_id uuid NOT NULL,
    kind text NOT NULL,
    last_at timestamptz NOT NULL,
    count bigint NOT NULL,
    sample text NOT NULL,
    CONSTRAINT signals_pkey PRIMARY KEY (site_id, kind)
);
