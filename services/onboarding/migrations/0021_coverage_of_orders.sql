-- What was known of each order's shopper before it, for the shares by day; and which shares of a shop have fallen, for the alert.
-- New columns with a constant default rewrite nothing; of orders from before, which have no coverage, the index holds none.
SET LOCAL lock_timeout = '5s';

ALTER TABLE orders ADD COLUMN cart_seen boolean, ADD COLUMN contact_known boolean, ADD COLUMN cart_reader text;
CREATE INDEX orders_covered ON orders (site_id, placed_at) WHERE cart_seen IS NOT NULL;

ALTER TABLE shop_watches ADD COLUMN coverage_fell text[] NOT NULL DEFAULT '{}';
CREATE INDEX shop_watches_fell ON shop_watches (site_id) WHERE coverage_fell <> '{}';
