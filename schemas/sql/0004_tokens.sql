-- What lets clients in from afar. The secrets are known to their owners alone. Times are milliseconds since 1970 in UTC.
CREATE TABLE tokens (
  id         TEXT PRIMARY KEY NOT NULL,
  name       TEXT NOT NULL UNIQUE,
  hash       TEXT NOT NULL UNIQUE,        -- SHA-256, hexadecimal
  scopes     TEXT NOT NULL,               -- "read,operate"
  created_at INTEGER NOT NULL,
  expires_at INTEGER
) STRICT;
