-- The span that caused an opt-in or an attempt (W3C traceparent); null where nothing is traced. Nullable columns without a
-- default: no row is rewritten.

SET LOCAL lock_timeout = '5s';

ALTER TABLE bindings ADD COLUMN traceparent text;
ALTER TABLE attempts ADD COLUMN traceparent text;
