-- What is older than a day goes, whoever it was counted for. The table is small: building the index blocks sign-ins for a moment.
SET LOCAL lock_timeout = '5s';

CREATE INDEX failed_sign_ins_by_age ON failed_sign_ins (failed_at);
