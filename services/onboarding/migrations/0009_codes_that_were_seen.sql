-- Since when a shop's page bears our code, and since when it no longer does. New columns without a default rewrite nothing.
SET LOCAL lock_timeout = '5s';

ALTER TABLE shop_checks
    ADD COLUMN code_host text,
    ADD COLUMN code_seen_at timestamptz,
    ADD COLUMN code_gone_at timestamptz;
