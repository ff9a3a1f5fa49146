-- What the present run of a VM was started with, where its definition has been changed since.
ALTER TABLE vms ADD COLUMN launched TEXT; -- JSON, the form of the API
