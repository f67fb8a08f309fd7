-- Photos: what is known of them, the addresses of their renditions, and where there is no file system beside the database
-- their bytes. {{bytes}} is the engine's type for those (SQLite: BLOB, PostgreSQL: BYTEA).

ALTER TABLE cases ADD COLUMN photo_count BIGINT NOT NULL DEFAULT 0;

-- An erased one stays as its tombstone, without renditions.
CREATE TABLE photos (
  municipality_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  role {{text}} NOT NULL,
  case_id BIGINT,
  report_id BIGINT,
  confirmation_id BIGINT,
  width BIGINT NOT NULL,
  height BIGINT NOT NULL,
  bytes BIGINT NOT NULL,
  perceptual_hash BIGINT NOT NULL,
  captured_at BIGINT,
  lat DOUBLE PRECISION,
  lon DOUBLE PRECISION,
  by_role {{text}} NOT NULL,
  by_key_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  released BIGINT NOT NULL,
  erased_at BIGINT,
  PRIMARY KEY (municipality_id, id)
) {{clustered}};
CREATE INDEX photos_by_case ON photos (municipality_id, case_id, created_at, id) WHERE case_id IS NOT NULL;
CREATE INDEX photos_unattached ON photos (municipality_id, created_at, id) WHERE case_id IS NULL AND confirmation_id IS NULL;
CREATE INDEX photos_by_confirmation ON photos (municipality_id, confirmation_id, created_at, id) WHERE confirmation_id IS NOT NULL;

CREATE TABLE photo_renditions (
  municipality_id BIGINT NOT NULL,
  photo_id BIGINT NOT NULL,
  rendition {{text}} NOT NULL,
  digest {{text}} NOT NULL,
  PRIMARY KEY (municipality_id, photo_id, rendition)
) {{clustered}};
CREATE INDEX photo_renditions_by_digest ON photo_renditions (municipality_id, digest);

-- By what they are; on SQLite they lie in files beside the database, and this stays empty.
CREATE TABLE photo_bytes (
  municipality_id BIGINT NOT NULL,
  digest {{text}} NOT NULL,
  stored_at BIGINT NOT NULL,
  content {{bytes}} NOT NULL,
  PRIMARY KEY (municipality_id, digest)
) {{clustered}};
