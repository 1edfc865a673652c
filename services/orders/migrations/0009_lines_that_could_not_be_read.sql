-- A cart whose lines cannot be read is full all the same. A constant default: no row is rewritten.

SET LOCAL lock_timeout = '5s';

ALTER TABLE carts ADD COLUMN unread_lines integer NOT NULL DEFAULT 0;
