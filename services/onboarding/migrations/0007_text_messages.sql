-- What a merchant has told of the own sender, the own phones that proved themselves, and when texts last went well or ill.

CREATE TABLE senders (
    site_id uuid NOT NULL,
    account_ending text NOT NULL,
    from_number text NOT NULL,  -- the shop's own public number
    stored_at timestamptz NOT NULL,
    CONSTRAINT senders_pkey PRIMARY KEY (site_id)
);
ALTER TABLE senders ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY senders_of_who_asks ON senders
    USING ((SELECT onboarding.asking_account()) IS NULL OR site_id IN (SELECT s.site_id FROM onboarding.sites AS s));

CREATE TABLE sender_registrations (
    site_id uuid NOT NULL,
    state text NOT NULL,
    reference text NOT NULL,
    said_at timestamptz NOT NULL,
    CONSTRAINT sender_registrations_pkey PRIMARY KEY (site_id)
);
ALTER TABLE sender_registrations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY sender_registrations_of_who_asks ON sender_registrations
    USING ((SELECT onboarding.asking_account()) IS NULL OR site_id IN (SELECT s.site_id FROM onboarding.sites AS s));

CREATE TABLE part_prices (
    site_id uuid NOT NULL,
    hundredths_of_a_cent integer NOT NULL,
    CONSTRAINT part_prices_pkey PRIMARY KEY (site_id)
);
ALTER TABLE part_prices ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY part_prices_of_who_asks ON part_prices
    USING ((SELECT onboarding.asking_account()) IS NULL OR site_id IN (SELECT s.site_id FROM onboarding.sites AS s));

CREATE TABLE test_codes (
    site_id uuid NOT NULL,
    code_hash text NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT test_codes_pkey PRIMARY KEY (site_id)  -- a new code ends the one before it
);
ALTER TABLE test_codes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY test_codes_of_who_asks ON test_codes
    USING ((SELECT onboarding.asking_account()) IS NULL OR site_id IN (SELECT s.site_id FROM onboarding.sites AS s));

CREATE TABLE test_phones (
    site_id uuid NOT NULL,
    recipient_index text NOT NULL,
    box text NOT NULL,
    proved_at timestamptz NOT NULL,
    CONSTRAINT test_phones_pkey PRIMARY KEY (site_id, recipient_index)
);
ALTER TABLE test_phones ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY test_phones_of_who_asks ON test_phones
    USING ((SELECT onboarding.asking_account()) IS NULL OR site_id IN (SELECT s.site_id FROM onboarding.sites AS s));

CREATE TABLE milestones (
    site_id uuid NOT NULL,
    kind text NOT NULL,
    last_at timestamptz NOT NULL,
    CONSTRAINT milestones_pkey PRIMARY KEY (site_id, kind)
);
ALTER TABLE milestones ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY milestones_of_who_asks ON milestones
    USING ((SELECT onboarding.asking_account()) IS NULL OR site_id IN (SELECT s.site_id FROM onboarding.sites AS s));
