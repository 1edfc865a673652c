-- Carts by state, reason and channel, in pages; and which order closed a cart. Adding the stored column writes carts anew while
-- they are locked, and the indexes are built while nobody writes: consumers wait, seconds for each million rows.
SET LOCAL lock_timeout = '5s';

ALTER TABLE carts
    ADD COLUMN closed_by uuid,  -- the report of an order
    ADD COLUMN declined_reason text,
    ADD COLUMN sent_sms boolean NOT NULL DEFAULT false,
    ADD COLUMN sent_push boolean NOT NULL DEFAULT false;
ALTER TABLE carts
    ADD COLUMN reason text GENERATED ALWAYS AS (coalesce(silenced_reason, withheld_reason, declined_reason)) STORED;
DROP INDEX carts_latest;
CREATE INDEX carts_latest ON carts (site_id, changed_at DESC, cart_id DESC);
CREATE INDEX carts_left ON carts (site_id, changed_at DESC, cart_id DESC) WHERE abandoned;
CREATE INDEX carts_by_state ON carts (site_id, state, changed_at DESC, cart_id DESC);
CREATE INDEX carts_by_reason ON carts (site_id, reason, changed_at DESC, cart_id DESC) WHERE reason IS NOT NULL;
CREATE INDEX carts_by_report ON carts (site_id, closed_by) WHERE closed_by IS NOT NULL;

ALTER TABLE orders
    ADD COLUMN order_id text,
    ADD COLUMN witnesses text[] NOT NULL DEFAULT '{}',
    ADD COLUMN report_ids uuid[] NOT NULL DEFAULT '{}';
CREATE INDEX orders_of_cart ON orders (site_id, cart_id) WHERE cart_id IS NOT NULL;
CREATE INDEX orders_by_report ON orders USING gin (report_ids);
