/** The tables, and how those of earlier releases become them. */
import type { Database } from 'libsql';

/** Steps are numbered from 1 without gaps; a step that has been released is never edited, a change of the tables is a new step. */
export interface Migration {
  /** What the store's `user_version` is afterwards. */
  version: number;
  /** Runs inside a transaction together with the new `user_version`. */
  run: (database: Database) => void;
}

/**
 * Version 1. `objects.seq` is the order of creation: an update keeps it. `audit` and `events` have a column for each filter; the
 * indexes end in `at`, so that a filtered list is read newest first without sorting.
 */
const TABLES = `
CREATE TABLE objects (
  seq INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  parent TEXT,
  document TEXT NOT NULL,
  UNIQUE (kind, id)
) STRICT;

CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  resource_id TEXT,
  resource_name TEXT,
  user_id TEXT NOT NULL,
  user_name TEXT NOT NULL,
  project_id TEXT,
  action TEXT NOT NULL,
  outcome TEXT NOT NULL,
  entry TEXT NOT NULL
) STRICT;
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_kind ON audit (kind, at);
CREATE INDEX audit_resource_id ON audit (resource_id, at);
CREATE INDEX audit_resource_name ON audit (resource_name, at);
CREATE INDEX audit_user_id ON audit (user_id, at);
CREATE INDEX audit_user_name ON audit (user_name, at);
CREATE INDEX audit_project_id ON audit (project_id, at);
CREATE INDEX audit_action ON audit (action, at);
CREATE INDEX audit_outcome ON audit (outcome, at);

CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  severity TEXT NOT NULL,
  resource_id TEXT,
  project_id TEXT,
  entry TEXT NOT NULL
) STRICT;
CREATE INDEX events_at ON events (at);
CREATE INDEX events_type ON events (type, at);
CREATE INDEX events_severity ON events (severity, at);
CREATE INDEX events_resource_id ON events (resource_id, at);
CREATE INDEX events_project_id ON events (project_id, at);
`;

export const MIGRATIONS: readonly Migration[] = [{ version: 1, run: (database) => database.exec(TABLES) }];
