-- Casework: what was merged and split, who waits for an officer's word, which surfaces are hit again, and what it cost.

-- How many cases were merged into one, and since when the oldest request for a pause of an open case waits for a decision.
ALTER TABLE cases ADD COLUMN merged_count BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN hold_requested_at BIGINT;
CREATE INDEX cases_with_requests ON cases (municipality_id, hold_requested_at, id) WHERE hold_requested_at IS NOT NULL;
CREATE INDEX cases_by_target ON cases (municipality_id, merged_into, id) WHERE merged_into IS NOT NULL;
-- What is no hit of its surface.
CREATE INDEX cases_excluded ON cases (municipality_id, opened_at, id, merged_into, dismissal, decided_at) WHERE decided_at IS NOT NULL;
-- The work that was paid for; that of a merged case is its target's.
CREATE INDEX cases_with_cost ON cases (municipality_id, removed_at, owner_id, method, cost_sek)
  WHERE cost_sek IS NOT NULL AND merged_into IS NULL;

-- What is near, and what was hit before, is told by the index alone; a row is read only of what is shown.
DROP INDEX cases_near;
CREATE INDEX cases_near ON cases (municipality_id, cell, removed_at, id, lat, lon, surface, object_type) WHERE cell IS NOT NULL;
-- The newest cases first, and with the same entries the chains of cases that hit one surface.
DROP INDEX cases_by_opened;
CREATE INDEX cases_by_opened ON cases (municipality_id, opened_at, id, previous_case);
-- What was hit before, where there is no point to tell. Written when something is removed, not when it is reported.
CREATE INDEX cases_removed_by_address ON cases (municipality_id, address_key, removed_at, id)
  WHERE removed_at IS NOT NULL AND address_key <> '';
CREATE INDEX cases_removed_by_designation ON cases (municipality_id, designation_key, removed_at, id)
  WHERE removed_at IS NOT NULL AND lat IS NULL AND address_key = '' AND designation_key <> '';

-- Reports that tell of a second work: those of the case that it was split off.
CREATE TABLE shared_reports (
  municipality_id BIGINT NOT NULL,
  case_id BIGINT NOT NULL,
  report_id BIGINT NOT NULL,
  PRIMARY KEY (municipality_id, case_id, report_id)
) {{clustered}};
CREATE INDEX shared_reports_by_report ON shared_reports (municipality_id, report_id, case_id);

-- Reports that an officer says of whether they are new or of a case that is there: state waiting, joined, opened or repeated.
-- What waits is counted from its index alone.
CREATE TABLE confirmations (
  municipality_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  state {{text}} NOT NULL,
  sent_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  key_id BIGINT NOT NULL,
  decided_at BIGINT,
  decided_by BIGINT,
  report_id BIGINT,
  case_id BIGINT,
  PRIMARY KEY (municipality_id, id)
) {{clustered}};
CREATE INDEX confirmations_waiting ON confirmations (municipality_id, sent_at, id, due_at) WHERE state = 'waiting';

-- What such a report says while it waits; then it is a report, and this row is gone. Its texts can be erased before.
CREATE TABLE waiting_reports (
  municipality_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  identity {{text}} NOT NULL,
  source {{text}} NOT NULL,
  intake {{text}} NOT NULL,
  observed_at BIGINT,
  reported_at BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
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
  object_label {{text}} NOT NULL,
  description {{text}} NOT NULL,
  contact_name {{text}} NOT NULL,
  contact_email {{text}} NOT NULL,
  contact_phone {{text}} NOT NULL,
  erased BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (municipality_id, id)
) {{clustered}};
CREATE INDEX waiting_reports_by_identity ON waiting_reports (municipality_id, key_id, identity);
CREATE INDEX waiting_reports_by_external_id ON waiting_reports (municipality_id, key_id, external_id) WHERE external_id <> '';
CREATE INDEX waiting_reports_by_police_reference ON waiting_reports (municipality_id, police_reference) WHERE police_reference <> '';
