-- Why something happened: the request that asked and who sent it, how a runner ended; and the labels that the VM had.
ALTER TABLE events ADD COLUMN request_id TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN user TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN exit_code INTEGER;
ALTER TABLE events ADD COLUMN exit_signal INTEGER;
ALTER TABLE events ADD COLUMN labels TEXT NOT NULL DEFAULT ''; -- JSON, or nothing
