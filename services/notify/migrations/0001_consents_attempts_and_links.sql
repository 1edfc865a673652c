-- Consents, attempts and links. Every key leads with site_id; account_id leads where several sites share.

CREATE TABLE sites (
    site_id uuid NOT NULL,
    account_id uuid NOT NULL,
    revision bigint NOT NULL,
    settings text NOT NULL,
    CONSTRAINT sites_pkey PRIMARY KEY (site_id)
);
CREATE INDEX sites_of_account ON sites (account_id);

-- The evidence of each opt-in, kept at least five years (47 CFR 64.1200(f)(9), CTIA).
CREATE TABLE consents (
    site_id uuid NOT NULL,
    event_id uuid NOT NULL,
    evidence text NOT NULL,
    given_at timestamptz NOT NULL,
    CONSTRAINT consents_pkey PRIMARY KEY (site_id, event_id)
);

CREATE TABLE bindings (
    site_id uuid NOT NULL,
    visitor_id text NOT NULL,
    channel text NOT NULL,
    recipient_index text NOT NULL,
    recipient_kind text NOT NULL,
    box text NOT NULL,
    consent_event_id uuid NOT NULL,
    given_at timestamptz NOT NULL,
    time_zone text,
    box_state text NOT NULL,
    state text NOT NULL,
    refused_reason text,
    look_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    withdrawn_at timestamptz,
    CONSTRAINT bindings_pkey PRIMARY KEY (site_id, visitor_id, channel, recipient_index),
    CONSTRAINT bindings_state CHECK (state IN ('new', 'asked', 'refused', 'confirmed'))
);
CREATE INDEX bindings_new ON bindings (look_at) WHERE state = 'new';
CREATE INDEX bindings_of_recipient ON bindings (site_id, recipient_index);

CREATE TABLE questions (
    account_id uuid NOT NULL,
    recipient_index text NOT NULL,
    asked_at timestamptz NOT NULL,
    site_id uuid NOT NULL,
    visitor_id text NOT NULL,
    attempt_id text NOT NULL,
    CONSTRAINT questions_pkey PRIMARY KEY (account_id, recipient_index, asked_at)
);

CREATE TABLE suppressions (
    account_id uuid NOT NULL,
    recipient_index text NOT NULL,
    suppressed_at timestamptz NOT NULL,
    lifted_at timestamptz,
    CONSTRAINT suppressions_pkey PRIMARY KEY (account_id, recipient_index)
);

CREATE TABLE ordered (
    site_id uuid NOT NULL,
    key text NOT NULL,
    ordered_at timestamptz NOT NULL,
    CONSTRAINT ordered_pkey PRIMARY KEY (site_id, key)
);

CREATE TABLE pauses (
    site_id uuid NOT NULL,  -- the nil UUID: every site
    paused boolean NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT pauses_pkey PRIMARY KEY (site_id)
);

CREATE TABLE nudges (
    site_id uuid NOT NULL,
    nudge_id uuid NOT NULL,
    cart_id uuid NOT NULL,
    visitor_id text NOT NULL,
    due text NOT NULL,
    state text NOT NULL,
    look_at timestamptz NOT NULL,
    not_after timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    told_reason text,
    CONSTRAINT nudges_pkey PRIMARY KEY (site_id, nudge_id),
    CONSTRAINT nudges_state CHECK (state IN ('queued', 'asking', 'ended'))
) WITH (fillfactor = 70);
CREATE INDEX nudges_queued ON nudges (look_at) WHERE state = 'queued';
CREATE INDEX nudges_of_visitor ON nudges (site_id, visitor_id) WHERE state = 'queued';

CREATE TABLE attempts (
    site_id uuid NOT NULL,
    attempt_id text NOT NULL,
    account_id uuid NOT NULL,
    kind text NOT NULL,
    channel text NOT NULL,
    cause text NOT NULL,  -- nudge, consent, inbound message or action: what a kind may be sent for once
    nudge_id uuid,
    cart_id uuid,
    visitor_id text,
    recipient_kind text NOT NULL,
    recipient_index text NOT NULL,
    box text NOT NULL,
    body text,  -- null until it is called: a reminder is rendered then
    link_id text,
    state text NOT NULL,
    try_number integer NOT NULL,
    send_before timestamptz NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    caller text,
    called_at timestamptz,
    settled_at timestamptz,
    carrier_id text,
    delivery_rank integer NOT NULL DEFAULT 0,
    given_up boolean NOT NULL DEFAULT false,
    CONSTRAINT attempts_pkey PRIMARY KEY (site_id, attempt_id),
    CONSTRAINT attempts_state CHECK (state IN ('prepared', 'calling', 'accepted', 'not_sent', 'rejected', 'unresolved'))
);
-- Promise P2: at most one attempt of a cause is ever anything else than provably not sent.
CREATE UNIQUE INDEX attempts_once ON attempts (site_id, kind, cause) WHERE state <> 'not_sent' AND channel = 'sms';
CREATE INDEX attempts_unsettled ON attempts (state, opened_at) WHERE state IN ('prepared', 'calling', 'unresolved');
CREATE INDEX attempts_of_recipient ON attempts (account_id, recipient_index, called_at);
CREATE INDEX attempts_of_cart ON attempts (site_id, cart_id);

CREATE TABLE links (
    site_id uuid NOT NULL,
    token text NOT NULL,
    attempt_id text NOT NULL,
    cart text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT links_pkey PRIMARY KEY (token)  -- 101 random bits: a link is looked up by its token alone
);
CREATE INDEX links_of_attempt ON links (site_id, attempt_id);

CREATE TABLE inbound (
    site_id uuid NOT NULL,
    message_id text NOT NULL,
    received_at timestamptz NOT NULL,
    CONSTRAINT inbound_pkey PRIMARY KEY (site_id, message_id)
);
