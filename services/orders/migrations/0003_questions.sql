-- The opt-in question asks for a grant as a nudge does. A question's ask bears its consent's id where a nudge's bears the nudge's.
-- The new columns are constant or nullable: no statement here rewrites a busy table.

SET LOCAL lock_timeout = '5s';

ALTER TABLE asks
    ADD COLUMN kind text NOT NULL DEFAULT 'reminder',
    ADD COLUMN ticked_at timestamptz,
    ADD COLUMN not_after timestamptz,
    ALTER COLUMN cart_id DROP NOT NULL;

-- What became of the question for one tick; kept as long as its asks.
CREATE TABLE questions (
    site_id uuid NOT NULL,
    consent_event_id uuid NOT NULL,
    due_at timestamptz NOT NULL,
    final_answer text,
    final_reason text,
    CONSTRAINT questions_pkey PRIMARY KEY (site_id, consent_event_id),
    CONSTRAINT questions_final_answer CHECK (final_answer IN ('withheld', 'cancelled'))
);
CREATE INDEX questions_by_age ON questions (due_at);
