-- What the first version could not remember. Small tables only: no scan of a busy one, and each change takes its lock briefly.

-- A withdrawal counts whenever it arrives, also before the consent that it takes back.
CREATE TABLE withdrawals (
    site_id uuid NOT NULL,
    visitor_id text NOT NULL,  -- empty: every browser that named the number
    channel text NOT NULL,
    recipient_index text NOT NULL,
    withdrawn_at timestamptz NOT NULL,
    CONSTRAINT withdrawals_pkey PRIMARY KEY (site_id, channel, recipient_index, visitor_id)
);

ALTER TABLE bindings ADD COLUMN asked_at timestamptz;

-- By whom a consent was given, so that an erasure finds all of them.
ALTER TABLE consents ADD COLUMN visitor_id text NOT NULL DEFAULT '', ADD COLUMN recipient_index text NOT NULL DEFAULT '';
CREATE INDEX consents_of_visitor ON consents (site_id, visitor_id);
CREATE INDEX consents_of_recipient ON consents (site_id, recipient_index);

-- A merchant's own list is not opened by a START.
ALTER TABLE suppressions ALTER COLUMN suppressed_at DROP NOT NULL, ADD COLUMN merchant_at timestamptz;

-- A granted nudge ends by notify's word alone; only the process that reads a site's answers asks for it.
ALTER TABLE nudges
    ADD COLUMN partition integer NOT NULL DEFAULT 0,
    ADD COLUMN granted_attempt text;

-- What was not sent may be tried again, but not at once.
ALTER TABLE attempts ADD COLUMN call_after timestamptz NOT NULL DEFAULT '-infinity';

CREATE INDEX links_by_age ON links (created_at);
CREATE INDEX inbound_by_age ON inbound (received_at);
