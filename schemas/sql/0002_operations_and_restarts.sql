-- What was asked of VMs: the one under way and those of the last day. Times are milliseconds since 1970 in UTC.
CREATE TABLE operations (
  id         TEXT PRIMARY KEY NOT NULL,
  vm_id      TEXT NOT NULL,
  state      TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  body       TEXT NOT NULL                -- JSON, the form of the API
) STRICT;

CREATE INDEX operations_by_age ON operations (updated_at);

-- The deaths that the restart policy looks at, and when the next start is due.
ALTER TABLE vms ADD COLUMN restarts TEXT; -- JSON

-- Facts about the whole installation, such as the boot of the host in which a daemon last ran.
CREATE TABLE facts (
  name  TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL
) STRICT;
