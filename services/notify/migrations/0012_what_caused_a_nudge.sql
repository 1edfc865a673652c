-- The span that caused a due nudge (W3C traceparent); null where nothing is traced. A nullable column without a default: no row
-- is rewritten.

SET LOCAL lock_timeout = '5s';

ALTER TABLE nudges ADD COLUMN traceparent text;
