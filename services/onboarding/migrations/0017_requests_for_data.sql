-- What a shopper may ask for: the request, whose private key opens the answers, and the answers of the other services, sealed.
-- New tables: nothing waits.
SET LOCAL lock_timeout = '5s';

CREATE TABLE data_requests (
    site_id uuid NOT NULL,
    request_id uuid NOT NULL,
    kind text NOT NULL,
    recipient_indexes text[] NOT NULL,
    asked_at timestamptz NOT NULL,
    asked_by text NOT NULL,  -- a merchant's own sign-in name
    key_box text NOT NULL,  -- the private key of this request alone, sealed for the console: without it no answer opens
    CONSTRAINT data_requests_pkey PRIMARY KEY (site_id, request_id)
);
CREATE INDEX data_requests_by_age ON data_requests (asked_at);
ALTER TABLE data_requests ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY data_requests_of_who_asks ON data_requests
    USING ((SELECT onboarding.asking_account()) IS NULL OR site_id IN (SELECT s.site_id FROM onboarding.sites AS s));

CREATE TABLE data_answers (
    site_id uuid NOT NULL,
    request_id uuid NOT NULL,
    service text NOT NULL,
    collected_at timestamptz NOT NULL,
    part integer NOT NULL,
    parts integer NOT NULL,
    box text NOT NULL,
    CONSTRAINT data_answers_pkey PRIMARY KEY (site_id, request_id, service, collected_at, part)
);
CREATE INDEX data_answers_by_age ON data_answers (collected_at);
ALTER TABLE data_answers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY data_answers_of_who_asks ON data_answers
    USING ((SELECT onboarding.asking_account()) IS NULL OR site_id IN (SELECT s.site_id FROM onboarding.sites AS s));
