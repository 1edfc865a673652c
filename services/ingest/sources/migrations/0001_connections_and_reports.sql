-- Sources of orders: whose back offices are polled, how far each poll came, and which reports have left.

CREATE TABLE sites (
    site_id uuid NOT NULL,
    revision bigint NOT NULL,
    settings text NOT NULL,  -- site.configured as it came: every secret in it is a box
    CONSTRAINT sites_pkey PRIMARY KEY (site_id)
);

CREATE TABLE connections (
    site_id uuid NOT NULL,
    source text NOT NULL,
    credentials_digest text NOT NULL,  -- of the box: another one begins anew
    state text NOT NULL DEFAULT 'connecting',
    state_since timestamptz NOT NULL,
    failures integer NOT NULL DEFAULT 0,
    poll_after timestamptz NOT NULL,  -- while somebody polls: until when the others leave it alone
    claim uuid,  -- of who polls
    polled_through timestamptz,  -- null: never whole
    utc_offset_seconds integer,  -- null: the source's clock is not learned
    signalled_at timestamptz,
    CONSTRAINT connections_pkey PRIMARY KEY (site_id, source)
);
CREATE INDEX connections_by_poll ON connections (poll_after);

CREATE TABLE reported_orders (
    site_id uuid NOT NULL,
    source text NOT NULL,
    order_digest text NOT NULL,  -- keyed, of all that a report says: a changed order is another report
    order_number text NOT NULL,
    reported_at timestamptz NOT NULL,
    CONSTRAINT reported_orders_pkey PRIMARY KEY (site_id, source, order_digest)
);
CREATE INDEX reported_orders_by_number ON reported_orders (site_id, source, order_number);
CREATE INDEX reported_orders_by_age ON reported_orders (reported_at);
CREATE INDEX holds_by_release ON holds (released_at) WHERE released_at IS NOT NULL;
