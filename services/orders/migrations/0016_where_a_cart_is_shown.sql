-- What follows the path of a cart's page where the path alone is another page; null where it is not needed. A nullable column without
-- a default: no row is rewritten.

SET LOCAL lock_timeout = '5s';

ALTER TABLE carts ADD COLUMN return_suffix text;
