-- How many lines of a cart could not be read, to be shown beside those that could. A constant default: no row is rewritten.
SET LOCAL lock_timeout = '5s';

ALTER TABLE carts ADD COLUMN unread_lines integer NOT NULL DEFAULT 0;
