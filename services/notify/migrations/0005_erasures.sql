-- What an erasure leaves. Four small tables are new or indexed here; the indexes on attempts and nudges are built while writing waits.
SET LOCAL lock_timeout = '5s';

-- Until the marker of an erasure is read, a consent of these browsers and contacts may be older than the erasure.
CREATE TABLE tombstones (
    site_id uuid NOT NULL,
    key text NOT NULL,  -- a visitor id or the index of a contact
    erasure_id uuid NOT NULL,
    erased_at timestamptz NOT NULL,
    CONSTRAINT tombstones_pkey PRIMARY KEY (site_id, key)
);
CREATE INDEX tombstones_of_erasure ON tombstones (site_id, erasure_id);
CREATE INDEX tombstones_by_age ON tombstones (erased_at);

CREATE TABLE erasures (
    site_id uuid NOT NULL,
    event_id uuid NOT NULL,
    applied_at timestamptz NOT NULL,
    CONSTRAINT erasures_pkey PRIMARY KEY (site_id, event_id)
);
CREATE INDEX erasures_by_age ON erasures (applied_at);

-- What stays of the evidence of a consent once its shopper was erased: that it was given, when, to which words, by which index.
CREATE TABLE consent_receipts (
    site_id uuid NOT NULL,
    event_id uuid NOT NULL,
    recipient_index text NOT NULL,
    channel text NOT NULL,
    purpose text NOT NULL,
    text_hash text NOT NULL,
    text_version text,
    box_state text NOT NULL,
    source text NOT NULL,
    given_at timestamptz NOT NULL,
    erased_at timestamptz NOT NULL,
    CONSTRAINT consent_receipts_pkey PRIMARY KEY (site_id, event_id)
);
CREATE INDEX consent_receipts_by_age ON consent_receipts (given_at);

CREATE INDEX attempts_of_visitor ON attempts (site_id, visitor_id) WHERE visitor_id IS NOT NULL;
CREATE INDEX nudges_of_any_visitor ON nudges (site_id, visitor_id);
