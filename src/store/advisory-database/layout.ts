/**
 * Raise when the tables, or what is written into them, change: a file of another revision is not opened, its parts
 * count as never fetched, and the next sync builds it anew. Part of the content name.
 */
export const LAYOUT_REVISION = 7

/**
 * The match index (`match_entry`, and `advisory` for ids) is apart from the records, so that looking up the packages of
 * a scan touches few pages. `about` holds what each advisory is about; withdrawn advisories have only their record.
 */
export const TABLES = `
  CREATE TABLE part (
    id INTEGER PRIMARY KEY,
    feed TEXT NOT NULL,
    part TEXT NOT NULL,
    hash TEXT NOT NULL,
    UNIQUE (feed, part)
  );
  CREATE TABLE advisory (
    id INTEGER PRIMARY KEY,
    part INTEGER NOT NULL REFERENCES part (id),
    advisory_id TEXT NOT NULL,
    feed TEXT NOT NULL,
    hash TEXT NOT NULL,
    -- JSON list of the vulnerability ids that it is about
    about TEXT NOT NULL,
    -- 1 when no id of the record itself names a CVE: then other records' aliases may
    is_open INTEGER NOT NULL,
    UNIQUE (part, advisory_id)
  );
  CREATE INDEX advisory_by_id ON advisory (advisory_id);
  CREATE INDEX advisory_open ON advisory (id) WHERE is_open = 1;
  CREATE TABLE record (
    advisory INTEGER PRIMARY KEY REFERENCES advisory (id),
    json TEXT NOT NULL
  );
  CREATE TABLE match_entry (
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    advisory INTEGER NOT NULL REFERENCES advisory (id),
    affected TEXT NOT NULL,
    -- One advisory may say something else of each channel of a name. Rows of this table are its keys already: affected
    -- among them costs nothing.
    PRIMARY KEY (namespace, name, advisory, affected)
  ) WITHOUT ROWID;
  CREATE INDEX match_entry_by_advisory ON match_entry (advisory);
  CREATE TABLE about (
    vulnerability TEXT NOT NULL,
    advisory INTEGER NOT NULL REFERENCES advisory (id),
    PRIMARY KEY (vulnerability, advisory)
  ) WITHOUT ROWID;
  CREATE INDEX about_by_advisory ON about (advisory);
  CREATE TABLE alias (
    alias TEXT NOT NULL,
    advisory INTEGER NOT NULL REFERENCES advisory (id),
    PRIMARY KEY (alias, advisory)
  ) WITHOUT ROWID;
  CREATE INDEX alias_by_advisory ON alias (advisory);
  -- Hundreds of thousands of rows, all replaced every day: no more in them than the two numbers (see EPSS_UNITS).
  CREATE TABLE epss (
    vulnerability TEXT PRIMARY KEY,
    score INTEGER NOT NULL,
    percentile INTEGER NOT NULL
  ) WITHOUT ROWID;
  -- One row at most: which part the scores came with, and their day in milliseconds since 1970.
  CREATE TABLE epss_day (
    part INTEGER PRIMARY KEY REFERENCES part (id),
    day INTEGER NOT NULL
  );
  CREATE TABLE signal (
    vulnerability TEXT NOT NULL,
    part INTEGER NOT NULL REFERENCES part (id),
    kind TEXT NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (vulnerability, part, kind)
  ) WITHOUT ROWID;
  CREATE INDEX signal_by_part ON signal (part, kind);
  -- When a release of a distribution leaves support.
  CREATE TABLE release_end (
    namespace TEXT NOT NULL,
    part INTEGER NOT NULL REFERENCES part (id),
    json TEXT NOT NULL,
    PRIMARY KEY (namespace, part)
  ) WITHOUT ROWID;
`
