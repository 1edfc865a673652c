-- What ended a cart, why a binding is silent, and how each ask was answered. The tables are small, or the columns nullable:
-- no statement here rewrites a busy table.

SET LOCAL lock_timeout = '5s';

ALTER TABLE carts ADD COLUMN closed_by uuid;

ALTER TABLE withdrawals RENAME COLUMN recipient_index TO key;
ALTER TABLE withdrawals ADD COLUMN reason text NOT NULL DEFAULT 'withdrawn';

-- Each time that a link was followed counts, for the window of credit opens with each.
ALTER TABLE followed_links DROP CONSTRAINT followed_links_pkey;
ALTER TABLE followed_links ADD CONSTRAINT followed_links_pkey PRIMARY KEY (site_id, link_id, visitor_id, followed_at);

-- One arm for each recipient, drawn anew when it has stood for its time.
DELETE FROM control_arms AS older USING control_arms AS newer
 WHERE older.account_id = newer.account_id AND older.recipient_index = newer.recipient_index
   AND older.drawn_at < newer.drawn_at;
ALTER TABLE control_arms DROP CONSTRAINT control_arms_pkey;
ALTER TABLE control_arms ADD CONSTRAINT control_arms_pkey PRIMARY KEY (account_id, recipient_index);

ALTER TABLE nudges DROP COLUMN newest_try;

ALTER TABLE asks ADD COLUMN answer text;
ALTER TABLE asks DROP COLUMN asked_at;
ALTER TABLE asks ALTER COLUMN arrived_at DROP DEFAULT;
ALTER TABLE markers ALTER COLUMN applied_at DROP DEFAULT;
DROP INDEX asks_open;
-- Unclaimed ones only: an ask whose marker came to nothing stays unanswered until it is swept.
CREATE INDEX asks_waiting ON asks (partition, arrived_at) WHERE answered_at IS NULL AND marker_id IS NULL;
CREATE INDEX asks_by_age ON asks (arrived_at);
CREATE INDEX markers_by_age ON markers (applied_at);

CREATE INDEX carts_abandoned ON carts (site_id, visitor_id) WHERE state = 'abandoned';
CREATE INDEX carts_of_visitor ON carts (site_id, visitor_id);
CREATE INDEX fences_by_report ON fences (site_id, report_id);
