-- An index for each sweep that had to read its whole table to find what is old (docs/retention.md). On a large table the building
-- holds up writers for a while: migrate in a quiet hour.
SET LOCAL lock_timeout = '5s';

CREATE INDEX holds_by_release ON holds (released_at) WHERE released_at IS NOT NULL;
CREATE INDEX orders_by_age ON orders (told_at);
CREATE INDEX sessions_by_age ON sessions (created_at);
CREATE INDEX setup_links_by_age ON setup_links (expires_at);
CREATE INDEX test_codes_by_age ON test_codes (expires_at);
