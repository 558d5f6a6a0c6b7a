CREATE TABLE artifacts (
  run_id BIGINT NOT NULL,
  name_id BIGINT NOT NULL,
  digest TEXT COLLATE "C",
  size_bytes BIGINT,
  media_type TEXT COLLATE "C",
  kind TEXT COLLATE "C",
  at BIGINT NOT NULL,
  writer_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (run_id, name_id)
);
CREATE INDEX artifacts_digest ON artifacts (digest);
CREATE TABLE details (
  run_id BIGINT NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  body TEXT COLLATE "C",
  at BIGINT NOT NULL,
  writer_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (run_id, subject)
);
CREATE TABLE environments (
  digest TEXT COLLATE "C" NOT NULL,
  body TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (digest)
);
CREATE TABLE meta (
  key TEXT COLLATE "C" NOT NULL,
  value TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (key)
);
CREATE TABLE metrics (
  run_id BIGINT NOT NULL,
  name_id BIGINT NOT NULL,
  value DOUBLE PRECISION,
  form TEXT COLLATE "C",
  origin TEXT COLLATE "C",
  at BIGINT NOT NULL,
  writer_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (run_id, name_id)
);
CREATE INDEX metrics_value ON metrics (name_id, value, run_id);
CREATE TABLE monitors (
  name TEXT COLLATE "C" NOT NULL,
  revision BIGINT NOT NULL,
  body TEXT COLLATE "C" NOT NULL,
  state_digest TEXT COLLATE "C",
  reference_digest TEXT COLLATE "C",
  removed_at BIGINT,
  moved_at BIGINT NOT NULL,
  PRIMARY KEY (name)
);
CREATE TABLE names (
  id BIGSERIAL NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (name)
);
CREATE TABLE params (
  run_id BIGINT NOT NULL,
  name_id BIGINT NOT NULL,
  text TEXT COLLATE "C",
  number DOUBLE PRECISION,
  exact TEXT COLLATE "C",
  source TEXT COLLATE "C",
  at BIGINT NOT NULL,
  writer_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (run_id, name_id)
);
CREATE INDEX params_number ON params (name_id, number, run_id);
CREATE INDEX params_text ON params (name_id, text, run_id);
CREATE TABLE points (
  run_id BIGINT NOT NULL,
  name_id BIGINT NOT NULL,
  writer_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  step BIGINT,
  value DOUBLE PRECISION,
  form TEXT COLLATE "C",
  at BIGINT NOT NULL,
  PRIMARY KEY (run_id, name_id, writer_id, seq)
);
CREATE TABLE quarantine (
  writer_id BIGINT NOT NULL,
  file_offset BIGINT NOT NULL,
  problem TEXT COLLATE "C",
  payload TEXT COLLATE "C",
  PRIMARY KEY (writer_id, file_offset)
);
CREATE TABLE runs (
  id BIGSERIAL NOT NULL,
  run TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C",
  name_stamp TEXT COLLATE "C",
  experiment TEXT COLLATE "C",
  experiment_key TEXT COLLATE "C",
  kind TEXT COLLATE "C",
  status TEXT COLLATE "C" DEFAULT 'running' NOT NULL,
  started_at BIGINT,
  start_stamp TEXT COLLATE "C",
  ended_at BIGINT,
  end_stamp TEXT COLLATE "C",
  end_duration DOUBLE PRECISION,
  duration_seconds DOUBLE PRECISION,
  reason TEXT COLLATE "C",
  parent TEXT COLLATE "C",
  user_name TEXT COLLATE "C",
  host TEXT COLLATE "C",
  notebook TEXT COLLATE "C",
  deleted_at BIGINT,
  deleted_stamp TEXT COLLATE "C",
  purged_at BIGINT,
  owner BIGINT,
  owner_stamp TEXT COLLATE "C",
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
  text TEXT COLLATE "C",
  exact TEXT COLLATE "C",
  at BIGINT NOT NULL,
  writer_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (run_id, name_id)
);
CREATE INDEX tags_text ON tags (name_id, text, run_id);
CREATE TABLE warnings (
  run_id BIGINT NOT NULL,
  writer_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  code TEXT COLLATE "C",
  message TEXT COLLATE "C",
  PRIMARY KEY (run_id, writer_id, seq)
);
CREATE TABLE writers (
  id BIGSERIAL NOT NULL,
  writer TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" DEFAULT 'open' NOT NULL,
  host TEXT COLLATE "C",
  boot TEXT COLLATE "C",
  pid BIGINT,
  process_started TEXT COLLATE "C",
  user_name TEXT COLLATE "C",
  version TEXT COLLATE "C",
  parent TEXT COLLATE "C",
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
