-- The span that caused a timer or an ask (W3C traceparent); null where nothing is traced. Nullable columns without a default:
-- no row is rewritten.

SET LOCAL lock_timeout = '5s';

ALTER TABLE timers ADD COLUMN traceparent text;
ALTER TABLE asks ADD COLUMN traceparent text;
