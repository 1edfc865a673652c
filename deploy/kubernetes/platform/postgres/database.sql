-- Run once in the new database, as its superuser: a role and a schema for each service, and nobody looks into another's.
-- The roles' passwords are set apart, out of Secrets.
CREATE ROLE beckon_sources LOGIN;
CREATE ROLE beckon_orders LOGIN;
CREATE ROLE beckon_notify LOGIN;
CREATE ROLE beckon_onboarding LOGIN;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON DATABASE beckon FROM PUBLIC;
GRANT CONNECT ON DATABASE beckon TO beckon_sources, beckon_orders, beckon_notify, beckon_onboarding;
CREATE SCHEMA sources AUTHORIZATION beckon_sources;
CREATE SCHEMA orders AUTHORIZATION beckon_orders;
CREATE SCHEMA notify AUTHORIZATION beckon_notify;
CREATE SCHEMA onboarding AUTHORIZATION beckon_onboarding;
