-- A fence stands until its report was received, so until when a purchase is certain no longer follows from that. A row without
-- a value was written before this: certain up to its moment less what its clock may be off. No row is rewritten.

SET LOCAL lock_timeout = '5s';

ALTER TABLE fences ADD COLUMN certain_until timestamptz;
