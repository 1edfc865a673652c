-- A request sees the sites of its account alone, also through a statement that forgot to say so. A transaction that names no
-- account is a consumer's, and sees all. Policies are checked by whoever reads; nothing is rewritten, the lock is short.
SET LOCAL lock_timeout = '5s';

CREATE FUNCTION asking_account() RETURNS uuid LANGUAGE sql STABLE
    AS $$ SELECT nullif(current_setting('beckon.account_id', true), '')::uuid $$;

ALTER TABLE sites ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY sites_of_who_asks ON sites
    USING ((SELECT onboarding.asking_account()) IS NULL OR account_id = (SELECT onboarding.asking_account()));

ALTER TABLE pauses ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY pauses_of_who_asks ON pauses
    USING ((SELECT onboarding.asking_account()) IS NULL OR site_id IN (SELECT s.site_id FROM onboarding.sites AS s));

ALTER TABLE carts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY carts_of_who_asks ON carts
    USING ((SELECT onboarding.asking_account()) IS NULL OR site_id IN (SELECT s.site_id FROM onboarding.sites AS s));

ALTER TABLE timeline ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY timeline_of_who_asks ON timeline
    USING ((SELECT onboarding.asking_account()) IS NULL OR site_id IN (SELECT s.site_id FROM onboarding.sites AS s));

ALTER TABLE orders ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY orders_of_who_asks ON orders
    USING ((SELECT onboarding.asking_account()) IS NULL OR site_id IN (SELECT s.site_id FROM onboarding.sites AS s));

ALTER TABLE signals ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY signals_of_who_asks ON signals
    USING ((SELECT onboarding.asking_account()) IS NULL OR site_id IN (SELECT s.site_id FROM onboarding.sites AS s));
