-- The highest number of an order that a source has had: a higher one was placed since the poll before. One row a source: small.

ALTER TABLE connections ADD COLUMN highest_order_number bigint;
