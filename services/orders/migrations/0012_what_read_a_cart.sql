-- What read a cart from the shop's page; null where the shop's own code reported it. A nullable column without a default: no row
-- is rewritten.

SET LOCAL lock_timeout = '5s';

ALTER TABLE carts ADD COLUMN reader text;
