CREATE TABLE artifacts (
  run_id BIGINT NOT NULL,
  name_id BIGINT NOT NULL,
  digest TEXT,
  size_bytes BIGINT,
  media_type TEXT,
  kind TEXT,
  at BIGINT NOT NULL,
  writer_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (run_id, name_id)
)
 WITHOUT ROWID;
CREATE INDEX artifacts_digest ON artifacts (digest);
CREATE TABLE details (
  run_id BIGINT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT,
  at BIGINT NOT NULL,
  writer_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (run_id, subject)
)
 WITHOUT ROWID;
CREATE TABLE environments (
  digest TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (digest)
);
CREATE TABLE meta (
  "key" TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY ("key")
);
CREATE TABLE metrics (
  run_id BIGINT NOT NULL,
  name_id BIGINT NOT NULL,
  value DOUBLE,
  form TEXT,
  origin TEXT,
  at BIGINT NOT NULL,
  writer_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (run_id, name_id)
)
 WITHOUT ROWID;
CREATE INDEX metrics_value ON metrics (name_id, value, run_id);
CREATE TABLE monitors (
  name TEXT NOT NULL,
  revision BIGINT NOT NULL,
  body TEXT NOT NULL,
  state_digest TEXT,
  reference_digest TEXT,
  removed_at BIGINT,
  moved_at BIGINT NOT NULL,
  PRIMARY KEY (name)
);
CREATE TABLE names (
  id INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (name)
);
CREATE TABLE params (
  run_id BIGINT NOT NULL,
  name_id BIGINT NOT NULL,
  text TEXT,
  number DOUBLE,
  exact TEXT,
  source TEXT,
  at BIGINT NOT NULL,
  writer_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (run_id, name_id)
)
 WITHOUT ROWID;
CREATE INDEX params_number ON params (name_id, number, run_id);
CREATE INDEX params_text ON params (name_id, text, run_id);
CREATE TABLE points (
  run_id BIGINT NOT NULL,
  name_id BIGINT NOT NULL,
  writer_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  step BIGINT,
  value DOUBLE,
  form TEXT,
  at BIGINT NOT NULL,
  PRIMARY KEY (run_id, name_id, writer_id, seq)
)
 WITHOUT ROWID;
CREATE TABLE quarantine (
  writer_id BIGINT NOT NULL,
  file_offset BIGINT NOT NULL,
  problem TEXT,
  payload TEXT,
  PRIMARY KEY (writer_id, file_offset)
);
CREATE TABLE runs (
  id INTEGER NOT NULL,
  run TEXT NOT NULL,
  name TEXT,
  name_stamp TEXT,
  experiment TEXT,
  experiment_key TEXT,
  kind TEXT,
  status TEXT DEFAULT 'running' NOT NULL,
  started_at BIGINT,
  start_stamp TEXT,
  ended_at BIGINT,
  end_stamp TEXT,
  end_duration DOUBLE,
  duration_seconds DOUBLE,
  reason TEXT,
  parent TEXT,
  user_name TEXT,
  host TEXT,
  notebook TEXT,
  deleted_at BIGINT,
  deleted_stamp TEXT,
  purged_at BIGINT,
  owner BIGINT,
  owner_stamp TEXT,
  last_at BIGINT,
  PRIMARY KEY (id),
  UNIQUE (run)
);
CREATE INDEX runs_duration ON runs (duration_seconds, id);
CREATE INDEX runs_experiment ON runs (experiment_key, started_at, id);
CREATE INDEX runs_name ON runs (name);
CREATE INDEX runs_owner ON runs (owner, status);
CREATE INDEX runs_parent ON runs (parent);
CREATE INDEX runs_purged ON runs (run) WHERE purged_at IS NOT NULL;
CREATE INDEX runs_spelling ON runs (experiment);
CREATE INDEX runs_started ON runs (started_at, id);
CREATE INDEX runs_status ON runs (status, started_at);
CREATE TABLE tags (
  run_id BIGINT NOT NULL,
  name_id BIGINT NOT NULL,
  text TEXT,
  exact TEXT,
  at BIGINT NOT NULL,
  writer_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (run_id, name_id)
)
 WITHOUT ROWID;
CREATE INDEX tags_text ON tags (name_id, text, run_id);
CREATE TABLE warnings (
  run_id BIGINT NOT NULL,
  writer_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  code TEXT,
  message TEXT,
  PRIMARY KEY (run_id, writer_id, seq)
)
 WITHOUT ROWID;
CREATE TABLE writers (
  id INTEGER NOT NULL,
  writer TEXT NOT NULL,
  state TEXT DEFAULT 'open' NOT NULL,
  host TEXT,
  boot TEXT,
  pid BIGINT,
  process_started TEXT,
  user_name TEXT,
  version TEXT,
  parent TEXT,
  file_offset BIGINT DEFAULT '0' NOT NULL,
  last_seq BIGINT DEFAULT '-1' NOT NULL,
  record_count BIGINT DEFAULT '0' NOT NULL,
  bad_count BIGINT DEFAULT '0' NOT NULL,
  bad_bytes BIGINT DEFAULT '0' NOT NULL,
  torn_bytes BIGINT DEFAULT '0' NOT NULL,
  future_count BIGINT DEFAULT '0' NOT NULL,
  quarantined_count BIGINT DEFAULT '0' NOT NULL,
  last_at BIGINT,
  seen_at BIGINT DEFAULT '0' NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (writer)
);
CREATE INDEX writers_open ON writers (state);
