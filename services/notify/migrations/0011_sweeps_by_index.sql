-- An index for each sweep that had to read its whole table to find what is old (docs/retention.md). On a large table the building
-- holds up writers for a while: migrate in a quiet hour.
SET LOCAL lock_timeout = '5s';

CREATE INDEX bindings_by_age ON bindings (greatest(given_at, confirmed_at));
CREATE INDEX consents_by_age ON consents (given_at);
CREATE INDEX holds_by_release ON holds (released_at) WHERE released_at IS NOT NULL;
CREATE INDEX questions_by_age ON questions (asked_at);
CREATE INDEX withdrawals_by_age ON withdrawals (withdrawn_at) WHERE channel = 'push';
