-- Whose wall is it: properties, objects, addresses and districts of a municipality, and what officers taught the router.
-- Every change counts the municipality's land_version up, under the lock of its row, and is kept as `changed` on the row it
-- changed: so an index in memory reads what is newer than itself and misses nothing. Shapes are text of their own
-- (lib/store/shape_text.h), to 1e-7 degrees.

ALTER TABLE municipalities ADD COLUMN land_version BIGINT NOT NULL DEFAULT 0;

-- What the register knows of a case's place.
ALTER TABLE cases ADD COLUMN property_designation {{text}} NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN district_id {{text}} NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN nearest_address {{text}} NOT NULL DEFAULT '';
-- 1: lat and lon are where the register has the address; nobody told them.
ALTER TABLE cases ADD COLUMN point_derived BIGINT NOT NULL DEFAULT 0;

-- A property in the hands of one owner on [valid_from, valid_to); sold, it is another row of the same designation.
CREATE TABLE properties (
  municipality_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  designation_key {{text}} NOT NULL,
  designation {{text}} NOT NULL,
  owner_id {{text}} NOT NULL,
  valid_from BIGINT,
  valid_to BIGINT,
  version BIGINT NOT NULL,
  changed BIGINT NOT NULL,
  shape {{text}} NOT NULL,
  PRIMARY KEY (municipality_id, id),
  FOREIGN KEY (municipality_id, owner_id) REFERENCES owners (municipality_id, owner_id)
) {{clustered}};
CREATE INDEX properties_by_designation ON properties (municipality_id, designation_key, id);
CREATE INDEX properties_by_owner ON properties (municipality_id, owner_id, id);
CREATE INDEX properties_by_changed ON properties (municipality_id, changed, id);

CREATE TABLE property_addresses (
  municipality_id BIGINT NOT NULL,
  address_key {{text}} NOT NULL,
  property_id BIGINT NOT NULL,
  position BIGINT NOT NULL,
  address {{text}} NOT NULL,
  PRIMARY KEY (municipality_id, address_key, property_id)
) {{clustered}};
CREATE INDEX property_addresses_by_property ON property_addresses (municipality_id, property_id, position);

-- What has an owner of its own and stands on somebody's property: power cabinets, bus shelters, bridges, rail.
CREATE TABLE objects (
  municipality_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  object_type {{text}} NOT NULL,
  label {{text}} NOT NULL,
  owner_id {{text}} NOT NULL,
  valid_from BIGINT,
  valid_to BIGINT,
  version BIGINT NOT NULL,
  changed BIGINT NOT NULL,
  shape {{text}} NOT NULL,
  PRIMARY KEY (municipality_id, id),
  FOREIGN KEY (municipality_id, owner_id) REFERENCES owners (municipality_id, owner_id)
) {{clustered}};
CREATE INDEX objects_by_owner ON objects (municipality_id, owner_id, id);
CREATE INDEX objects_by_changed ON objects (municipality_id, changed, id);

-- Addresses, and other names that people say for a place.
CREATE TABLE addresses (
  municipality_id BIGINT NOT NULL,
  address_key {{text}} NOT NULL,
  address {{text}} NOT NULL,
  lat DOUBLE PRECISION NOT NULL,
  lon DOUBLE PRECISION NOT NULL,
  cell BIGINT NOT NULL,
  designation {{text}} NOT NULL,
  is_alias BIGINT NOT NULL,
  by_officer BIGINT NOT NULL,
  PRIMARY KEY (municipality_id, address_key)
) {{clustered}};
CREATE INDEX addresses_near ON addresses (municipality_id, cell, address_key);

-- Parts of the municipality; '' is the whole of it.
CREATE TABLE districts (
  municipality_id BIGINT NOT NULL,
  district_id {{text}} NOT NULL,
  name {{text}} NOT NULL,
  version BIGINT NOT NULL,
  changed BIGINT NOT NULL,
  shape {{text}} NOT NULL,
  PRIMARY KEY (municipality_id, district_id)
) {{clustered}};

-- Who owns there what nobody else does, by type of object; '' is whatever it is.
CREATE TABLE district_owners (
  municipality_id BIGINT NOT NULL,
  district_id {{text}} NOT NULL,
  object_type {{text}} NOT NULL,
  owner_id {{text}} NOT NULL,
  PRIMARY KEY (municipality_id, district_id, object_type),
  FOREIGN KEY (municipality_id, district_id) REFERENCES districts (municipality_id, district_id),
  FOREIGN KEY (municipality_id, owner_id) REFERENCES owners (municipality_id, owner_id)
) {{clustered}};

-- Spots that an owner gave back and an officer gave to the one it named.
CREATE TABLE remembered_spots (
  municipality_id BIGINT NOT NULL,
  case_id BIGINT NOT NULL,
  lat DOUBLE PRECISION,
  lon DOUBLE PRECISION,
  cell BIGINT,
  address {{text}} NOT NULL,
  designation {{text}} NOT NULL,
  place_key {{text}} NOT NULL,
  object_type {{text}},
  owner_id {{text}} NOT NULL,
  remembered_at BIGINT NOT NULL,
  PRIMARY KEY (municipality_id, case_id),
  FOREIGN KEY (municipality_id, owner_id) REFERENCES owners (municipality_id, owner_id)
) {{clustered}};
CREATE INDEX remembered_spots_near ON remembered_spots (municipality_id, cell, case_id) WHERE cell IS NOT NULL;
CREATE INDEX remembered_spots_by_place ON remembered_spots (municipality_id, place_key, case_id) WHERE place_key <> '';

-- Addresses of reports that nothing matched, until an officer has looked at them.
CREATE TABLE unmatched_addresses (
  municipality_id BIGINT NOT NULL,
  address_key {{text}} NOT NULL,
  id BIGINT NOT NULL,
  address {{text}} NOT NULL,
  times BIGINT NOT NULL,
  first_seen_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  last_case BIGINT NOT NULL,
  resolved_at BIGINT,
  PRIMARY KEY (municipality_id, address_key)
) {{clustered}};
CREATE UNIQUE INDEX unmatched_addresses_by_id ON unmatched_addresses (municipality_id, id);
CREATE INDEX unmatched_addresses_by_last ON unmatched_addresses (municipality_id, last_seen_at) WHERE resolved_at IS NULL;
