-- An index for each sweep that had to read its whole table to find what is old (docs/retention.md). On a large table the building
-- holds up writers for a while: migrate in a quiet hour.
SET LOCAL lock_timeout = '5s';

CREATE INDEX accepted_messages_by_age ON accepted_messages (accepted_at);
CREATE INDEX confirmations_by_age ON confirmations (confirmed_at);
CREATE INDEX control_arms_by_age ON control_arms (drawn_at);
CREATE INDEX followed_links_by_age ON followed_links (followed_at);
CREATE INDEX holds_by_release ON holds (released_at) WHERE released_at IS NOT NULL;
CREATE INDEX opt_ins_by_age ON opt_ins (heard_at);
CREATE INDEX withdrawals_by_age ON withdrawals (withdrawn_at) WHERE channel = 'push';
