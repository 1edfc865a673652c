-- What all snapshots of a cart say together, as JSON. A nullable column without a default: no row is rewritten, and a cart from
-- before has had what it has.

SET LOCAL lock_timeout = '5s';

ALTER TABLE carts ADD COLUMN history text;
