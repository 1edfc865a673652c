-- Which of two words came later is decided by the order in which this database heard them. Small tables, brief locks.

-- A browser's outbox repeats a withdrawal: repeated, it takes nothing back anew.
ALTER TABLE withdrawals ADD COLUMN event_id uuid;

-- A pause is applied in the order of the log; a global stop is in every partition, and counts once.
ALTER TABLE pauses ADD COLUMN recent_ids uuid[] NOT NULL DEFAULT '{}';
