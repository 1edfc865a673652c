-- Who said no or yes last is decided by the order in which this database heard of it, never by two wall clocks.
-- Both tables are small (a row for each opt-out and each YES); the backfill takes their locks briefly.

CREATE SEQUENCE word_positions;

ALTER TABLE withdrawals ADD COLUMN position bigint, ADD COLUMN from_shop boolean NOT NULL DEFAULT false;
ALTER TABLE confirmations ADD COLUMN position bigint, ADD COLUMN consent_event_id uuid;

-- What was heard before keeps the order that its moments gave it; of two at the same moment the no is later.
WITH words AS (
    SELECT 'no' AS word, site_id, channel, key AS name, '' AS visitor_id, event_id, withdrawn_at AS said_at FROM withdrawals
     UNION ALL
    SELECT 'yes', site_id, channel, recipient_index, visitor_id, event_id, confirmed_at FROM confirmations
), ordered AS (
    SELECT *, nextval('word_positions') AS position FROM (SELECT * FROM words ORDER BY said_at, word DESC) AS sorted
), noes AS (
    UPDATE withdrawals AS w SET position = o.position
      FROM ordered AS o
     WHERE o.word = 'no' AND w.site_id = o.site_id AND w.channel = o.channel AND w.key = o.name AND w.event_id = o.event_id
)
UPDATE confirmations AS c SET position = o.position
  FROM ordered AS o
 WHERE o.word = 'yes' AND c.site_id = o.site_id AND c.channel = o.channel AND c.recipient_index = o.name
   AND c.visitor_id = o.visitor_id AND c.event_id = o.event_id;

ALTER TABLE withdrawals
    ALTER COLUMN position SET DEFAULT nextval('orders.word_positions'),
    ALTER COLUMN position SET NOT NULL,
    ALTER COLUMN from_shop DROP DEFAULT;
ALTER TABLE confirmations
    ALTER COLUMN position SET DEFAULT nextval('orders.word_positions'),
    ALTER COLUMN position SET NOT NULL;

-- When a box was ticked, in that order: a YES counts from the tick whose question it answers.
CREATE TABLE opt_ins (
    site_id uuid NOT NULL,
    consent_event_id uuid NOT NULL,
    position bigint NOT NULL DEFAULT nextval('orders.word_positions'),
    heard_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT opt_ins_pkey PRIMARY KEY (site_id, consent_event_id)
);

-- A pause is applied in the order of the log; a global stop is in every partition, and counts once.
ALTER TABLE pauses ADD COLUMN recent_ids uuid[] NOT NULL DEFAULT '{}';
