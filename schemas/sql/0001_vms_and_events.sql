-- What should be and what was last known of every VM. Times are milliseconds since 1970 in UTC.
CREATE TABLE vms (
  id          TEXT PRIMARY KEY NOT NULL,
  run_id      TEXT NOT NULL UNIQUE,
  name        TEXT NOT NULL UNIQUE,
  definition  TEXT NOT NULL,              -- JSON, the form of the API
  generation  INTEGER NOT NULL,
  desired     TEXT NOT NULL,
  state       TEXT NOT NULL,
  reason      TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL,
  state_since INTEGER NOT NULL,
  last_exit   TEXT                        -- JSON
) STRICT;

-- Events outlive their VM. AUTOINCREMENT: a sequence number is never used twice, also after the oldest rows have gone.
CREATE TABLE events (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  at       INTEGER NOT NULL,
  vm_id    TEXT NOT NULL,
  vm_name  TEXT NOT NULL,
  type     TEXT NOT NULL,
  cause    TEXT NOT NULL,
  detail   TEXT NOT NULL
) STRICT;

CREATE INDEX events_by_vm ON events (vm_id, sequence);
