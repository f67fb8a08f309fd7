-- One text for SQLite and PostgreSQL. Instants are Unix seconds, local days are days since 1970-01-01, keys are
-- municipality number (14 bits) and row number (36 bits) in one BIGINT, flags are 0 and 1, codes are words.
-- {{clustered}} stands where the engine can keep a table in the order of its primary key (SQLite: WITHOUT ROWID), {{text}}
-- for text that is compared and ordered by its bytes (PostgreSQL: TEXT COLLATE "C").
-- A durable commit writes every page it touched, so secondary indexes are few, partial where they can be, and grow at
-- their right edge.

CREATE TABLE installation (
  id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
  reference_secret {{text}} NOT NULL,
  keys_version BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);

-- Who writes, on an engine with several writers: the number of the last batch that each has committed. After a connection
-- was lost while committing, it tells whether the batch is there.
CREATE TABLE writers (
  writer {{text}} NOT NULL PRIMARY KEY,
  batch BIGINT NOT NULL,
  seen_at BIGINT NOT NULL
);

CREATE TABLE municipalities (
  id BIGINT NOT NULL PRIMARY KEY CHECK (id BETWEEN 1 AND 16383),
  code {{text}} NOT NULL UNIQUE,
  name {{text}} NOT NULL,
  time_zone {{text}} NOT NULL,
  calendar {{text}} NOT NULL,
  host {{text}} NOT NULL,
  south DOUBLE PRECISION, west DOUBLE PRECISION, north DOUBLE PRECISION, east DOUBLE PRECISION,
  demo BIGINT NOT NULL,
  version BIGINT NOT NULL
);

CREATE TABLE api_keys (
  id BIGINT NOT NULL PRIMARY KEY,
  digest {{text}} NOT NULL UNIQUE,
  role {{text}} NOT NULL,
  name {{text}} NOT NULL,
  created_at BIGINT NOT NULL,
  revoked_at BIGINT
);

-- The municipalities a key is good for; an owner's key names the owner in each.
CREATE TABLE key_municipalities (
  municipality_id BIGINT NOT NULL REFERENCES municipalities (id),
  key_id BIGINT NOT NULL REFERENCES api_keys (id),
  owner_id {{text}} NOT NULL,
  PRIMARY KEY (municipality_id, key_id)
) {{clustered}};

-- The next number of each kind of key; a writer's slot keeps writers of several nodes from waiting for each other.
CREATE TABLE counters (
  municipality_id BIGINT NOT NULL,
  slot BIGINT NOT NULL,
  name {{text}} NOT NULL,
  next BIGINT NOT NULL,
  PRIMARY KEY (municipality_id, slot, name)
) {{clustered}};

CREATE TABLE owners (
  municipality_id BIGINT NOT NULL REFERENCES municipalities (id),
  owner_id {{text}} NOT NULL,
  name {{text}} NOT NULL,
  kind {{text}} NOT NULL,
  email {{text}} NOT NULL,
  phone {{text}} NOT NULL,
  has_had_cases BIGINT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (municipality_id, owner_id)
) {{clustered}};

-- What is an owner's: kind designation or address_prefix; rule_key is the canonical form that is compared.
CREATE TABLE owner_rules (
  municipality_id BIGINT NOT NULL,
  kind {{text}} NOT NULL,
  rule_key {{text}} NOT NULL,
  owner_id {{text}} NOT NULL,
  position BIGINT NOT NULL,
  rule_text {{text}} NOT NULL,
  PRIMARY KEY (municipality_id, kind, rule_key),
  FOREIGN KEY (municipality_id, owner_id) REFERENCES owners (municipality_id, owner_id)
) {{clustered}};

CREATE TABLE policies (
  municipality_id BIGINT NOT NULL REFERENCES municipalities (id),
  version BIGINT NOT NULL,
  effective_from BIGINT,
  body {{text}} NOT NULL,
  PRIMARY KEY (municipality_id, version)
) {{clustered}};

CREATE TABLE cases (
  municipality_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  version BIGINT NOT NULL,
  state {{text}} NOT NULL,
  is_open BIGINT NOT NULL,
  source {{text}} NOT NULL,
  category {{text}} NOT NULL,
  category_confirmed BIGINT NOT NULL,
  surface {{text}},
  object_type {{text}},
  lat DOUBLE PRECISION,
  lon DOUBLE PRECISION,
  cell BIGINT,
  address {{text}} NOT NULL,
  designation {{text}} NOT NULL,
  owner_id {{text}} NOT NULL,
  routing_rule {{text}} NOT NULL,
  routing_uncertain BIGINT NOT NULL,
  opened_at BIGINT NOT NULL,
  clock_started_at BIGINT NOT NULL,
  first_reported_at BIGINT NOT NULL,
  first_received_at BIGINT NOT NULL,
  policy_version BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  due_at_without_holds BIGINT NOT NULL,
  own_due_at BIGINT,
  assigned_at BIGINT,
  told_at BIGINT,
  removed_at BIGINT,
  recorded_at BIGINT,
  removal_entered_at BIGINT,
  method {{text}},
  cost_sek BIGINT,
  evidence_confirmed BIGINT NOT NULL,
  proactive BIGINT NOT NULL,
  dismissal {{text}},
  non_removal {{text}},
  merged_into BIGINT,
  decided_at BIGINT,
  deciding_owner_id {{text}} NOT NULL,
  held_from BIGINT,
  held_until BIGINT,
  warn_at BIGINT,
  checked_until BIGINT NOT NULL,
  next_check_at BIGINT,
  report_count BIGINT NOT NULL,
  previous_case BIGINT,
  split_from BIGINT,
  former_owner_id {{text}} NOT NULL,
  address_key {{text}} NOT NULL,
  designation_key {{text}} NOT NULL,
  routing_trace {{text}} NOT NULL,
  has_holds BIGINT NOT NULL,
  PRIMARY KEY (municipality_id, id)
) {{clustered}};
CREATE INDEX cases_by_opened ON cases (municipality_id, opened_at, id);
CREATE INDEX cases_open_by_due ON cases (municipality_id, due_at, id) WHERE is_open = 1;
CREATE INDEX cases_open_by_owner ON cases (municipality_id, owner_id, due_at, id) WHERE is_open = 1;
CREATE INDEX cases_to_check ON cases (municipality_id, next_check_at, id) WHERE next_check_at IS NOT NULL;
CREATE INDEX cases_near ON cases (municipality_id, cell, removed_at, id) WHERE cell IS NOT NULL;

CREATE TABLE reports (
  municipality_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  case_id BIGINT NOT NULL,
  source {{text}} NOT NULL,
  intake {{text}} NOT NULL,
  observed_at BIGINT,
  reported_at BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  key_id BIGINT NOT NULL,
  reporter {{text}} NOT NULL,
  police_reference {{text}} NOT NULL,
  external_id {{text}} NOT NULL,
  lat DOUBLE PRECISION,
  lon DOUBLE PRECISION,
  address {{text}} NOT NULL,
  designation {{text}} NOT NULL,
  category {{text}} NOT NULL,
  surface {{text}},
  object_type {{text}},
  PRIMARY KEY (municipality_id, id)
) {{clustered}};
CREATE INDEX reports_by_case ON reports (municipality_id, case_id, id);
CREATE INDEX reports_by_recorded ON reports (municipality_id, recorded_at, id);
CREATE INDEX reports_by_police_reference ON reports (municipality_id, police_reference) WHERE police_reference <> '';
CREATE INDEX reports_by_external_id ON reports (municipality_id, key_id, external_id) WHERE external_id <> '';

-- Free text and contacts of a report, apart from what is counted, so that they can be erased.
CREATE TABLE report_texts (
  municipality_id BIGINT NOT NULL,
  report_id BIGINT NOT NULL,
  object_label {{text}} NOT NULL,
  description {{text}} NOT NULL,
  contact_name {{text}} NOT NULL,
  contact_email {{text}} NOT NULL,
  contact_phone {{text}} NOT NULL,
  erased BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (municipality_id, report_id)
) {{clustered}};

-- K-numbers of a case beyond those of its reports.
CREATE TABLE police_references (
  municipality_id BIGINT NOT NULL,
  police_reference {{text}} NOT NULL,
  case_id BIGINT NOT NULL,
  event_id BIGINT NOT NULL,
  PRIMARY KEY (municipality_id, police_reference, case_id)
) {{clustered}};
CREATE INDEX police_references_by_case ON police_references (municipality_id, case_id);

-- History: appended, never edited. Ids of one slot grow in the order of commits, so a reader's cursor misses nothing; the
-- order of a case's events, whichever writers recorded them, is their position.
CREATE TABLE events (
  municipality_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  case_id BIGINT NOT NULL,
  position BIGINT NOT NULL,
  type {{text}} NOT NULL,
  at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  by_role {{text}} NOT NULL,
  by_key_id BIGINT NOT NULL,
  owner_id {{text}} NOT NULL,
  former_owner_id {{text}} NOT NULL,
  visibility {{text}} NOT NULL,
  data {{text}} NOT NULL,
  PRIMARY KEY (municipality_id, id)
) {{clustered}};
CREATE UNIQUE INDEX events_by_case ON events (municipality_id, case_id, position);

-- The free text of an event (a comment, a reason in words), erasable.
CREATE TABLE notes (
  municipality_id BIGINT NOT NULL,
  event_id BIGINT NOT NULL,
  note {{text}} NOT NULL,
  PRIMARY KEY (municipality_id, event_id)
) {{clustered}};

-- A flag is raised once for each deadline.
CREATE TABLE flags (
  municipality_id BIGINT NOT NULL,
  case_id BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  kind {{text}} NOT NULL,
  warning BIGINT NOT NULL,
  PRIMARY KEY (municipality_id, case_id, due_at, kind, warning)
) {{clustered}};

-- Statistics by day: they grow with days, not with cases. Histograms are "hours:count" pairs.
CREATE TABLE tallies (
  municipality_id BIGINT NOT NULL,
  cohort {{text}} NOT NULL,
  dimension {{text}} NOT NULL,
  value {{text}} NOT NULL,
  local_day BIGINT NOT NULL,
  slot BIGINT NOT NULL,
  open BIGINT NOT NULL,
  on_time BIGINT NOT NULL,
  late BIGINT NOT NULL,
  not_removed BIGINT NOT NULL,
  on_time_by_hold BIGINT NOT NULL,
  on_time_recorded_after_due BIGINT NOT NULL,
  already_gone BIGINT NOT NULL,
  not_graffiti BIGINT NOT NULL,
  not_found BIGINT NOT NULL,
  legal_wall BIGINT NOT NULL,
  outside_area BIGINT NOT NULL,
  merged BIGINT NOT NULL,
  proactive BIGINT NOT NULL,
  excluded_after_due BIGINT NOT NULL,
  own_n BIGINT NOT NULL,
  own_on_time BIGINT NOT NULL,
  told_late BIGINT NOT NULL,
  split BIGINT NOT NULL,
  open_split BIGINT NOT NULL,
  total {{text}} NOT NULL,
  reported_to_received {{text}} NOT NULL,
  received_to_told {{text}} NOT NULL,
  told_to_removed {{text}} NOT NULL,
  removed_to_recorded {{text}} NOT NULL,
  PRIMARY KEY (municipality_id, cohort, dimension, local_day, value, slot)
) {{clustered}};

-- First answers to requests with an Idempotency-Key, kept for 24 hours.
CREATE TABLE idempotency_keys (
  municipality_id BIGINT NOT NULL,
  holder {{text}} NOT NULL,
  route {{text}} NOT NULL,
  idempotency_key {{text}} NOT NULL,
  body_digest {{text}} NOT NULL,
  status BIGINT NOT NULL,
  location {{text}} NOT NULL,
  answer {{text}} NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (municipality_id, holder, route, idempotency_key)
) {{clustered}};
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (municipality_id, created_at);
