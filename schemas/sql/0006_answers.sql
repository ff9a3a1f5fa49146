-- What was answered to requests with an Idempotency-Key in the last 24 hours. Times are milliseconds since 1970 in UTC.
CREATE TABLE answers (
  key    TEXT PRIMARY KEY NOT NULL,
  digest TEXT NOT NULL,
  at     INTEGER NOT NULL,
  text   TEXT NOT NULL                    -- JSON; empty while there is no answer
) STRICT;

CREATE INDEX answers_by_age ON answers (at);
