-- Telling people: users, webhooks, links that close a case, and what is on its way to whom.

-- Why an officer should look at an open case, and when officers are to be told that nobody acts.
ALTER TABLE cases ADD COLUMN attention {{text}};
ALTER TABLE cases ADD COLUMN unattended_at BIGINT;
CREATE INDEX cases_with_attention ON cases (municipality_id, due_at, id) WHERE attention IS NOT NULL;

-- An owner's second contact, and how it wants its mail; digest_at "08:00 13:00".
ALTER TABLE owners ADD COLUMN second_email {{text}} NOT NULL DEFAULT '';
ALTER TABLE owners ADD COLUMN language {{text}} NOT NULL DEFAULT 'sv';
ALTER TABLE owners ADD COLUMN digest_at {{text}} NOT NULL DEFAULT '';
ALTER TABLE owners ADD COLUMN quiet_from BIGINT;
ALTER TABLE owners ADD COLUMN quiet_to BIGINT;
ALTER TABLE owners ADD COLUMN weekend_digest BIGINT NOT NULL DEFAULT 0;

-- Where answers to mails go: a mailbox that somebody reads.
ALTER TABLE municipalities ADD COLUMN notice_reply_to {{text}} NOT NULL DEFAULT '';

-- Which reports have an address, by its keyed digest as reporter_addresses has it; emptied with the address.
ALTER TABLE report_texts ADD COLUMN address_digest {{text}} NOT NULL DEFAULT '';
CREATE INDEX report_texts_by_address ON report_texts (municipality_id, address_digest, report_id) WHERE address_digest <> '';

CREATE TABLE users (
  id BIGINT NOT NULL PRIMARY KEY,
  email {{text}} NOT NULL,
  email_key {{text}} NOT NULL UNIQUE,
  name {{text}} NOT NULL,
  home_municipality BIGINT NOT NULL,
  language {{text}} NOT NULL,
  digest_at {{text}} NOT NULL,
  quiet_from BIGINT,
  quiet_to BIGINT,
  weekend_digest BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  deactivated_at BIGINT,
  version BIGINT NOT NULL
);

-- What a user is where; an owner's user names the owner. notices: is one of the officers who are told.
CREATE TABLE user_municipalities (
  municipality_id BIGINT NOT NULL REFERENCES municipalities (id),
  user_id BIGINT NOT NULL REFERENCES users (id),
  role {{text}} NOT NULL,
  owner_id {{text}} NOT NULL,
  notices BIGINT NOT NULL,
  PRIMARY KEY (municipality_id, user_id)
) {{clustered}};

CREATE TABLE webhooks (
  municipality_id BIGINT NOT NULL REFERENCES municipalities (id),
  id BIGINT NOT NULL,
  owner_id {{text}} NOT NULL,
  url {{text}} NOT NULL,
  types {{text}} NOT NULL,
  secret {{text}} NOT NULL,
  former_secret {{text}} NOT NULL,
  former_until BIGINT,
  created_at BIGINT NOT NULL,
  disabled_at BIGINT,
  disabled_reason {{text}} NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (municipality_id, id)
) {{clustered}};

-- Links that close one case. Their secrets are nowhere, and neither is to what address they went: sent_to is a digest of both.
CREATE TABLE closing_links (
  municipality_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  link_digest {{text}} NOT NULL,
  case_id BIGINT NOT NULL,
  owner_id {{text}} NOT NULL,
  assigned_at BIGINT NOT NULL,
  sent_to {{text}} NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT,
  PRIMARY KEY (municipality_id, id)
) {{clustered}};
CREATE UNIQUE INDEX closing_links_by_digest ON closing_links (municipality_id, link_digest);
CREATE INDEX closing_links_by_expiry ON closing_links (municipality_id, expires_at, id);

-- The number that an owner's own system has given a case.
CREATE TABLE external_references (
  municipality_id BIGINT NOT NULL,
  case_id BIGINT NOT NULL,
  owner_id {{text}} NOT NULL,
  external_reference {{text}} NOT NULL,
  PRIMARY KEY (municipality_id, case_id, owner_id)
) {{clustered}};
CREATE INDEX external_references_by_text ON external_references (municipality_id, external_reference, case_id);

-- The secret addresses of owners' calendars, by digest.
CREATE TABLE calendar_feeds (
  municipality_id BIGINT NOT NULL,
  owner_id {{text}} NOT NULL,
  feed_digest {{text}} NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (municipality_id, owner_id)
) {{clustered}};
CREATE UNIQUE INDEX calendar_feeds_by_digest ON calendar_feeds (municipality_id, feed_digest);

-- Addresses that reporters left, by digest: what was typed gets one mail, and no more until it is confirmed.
CREATE TABLE reporter_addresses (
  municipality_id BIGINT NOT NULL,
  address_digest {{text}} NOT NULL,
  first_mail_at BIGINT,
  first_message_id BIGINT NOT NULL,
  confirmed_at BIGINT,
  stopped_at BIGINT,
  PRIMARY KEY (municipality_id, address_digest)
) {{clustered}};
-- How many such first mails have left lately in a municipality.
CREATE INDEX first_mails_of_municipality ON reporter_addresses (municipality_id, first_mail_at) WHERE first_message_id <> 0;

-- What a mail to such an address carries, to confirm it or to stop; the tokens themselves are nowhere.
CREATE TABLE reporter_tokens (
  municipality_id BIGINT NOT NULL,
  token_digest {{text}} NOT NULL,
  address_digest {{text}} NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (municipality_id, token_digest)
) {{clustered}};
CREATE INDEX reporter_tokens_of_address ON reporter_tokens (municipality_id, address_digest);
CREATE INDEX reporter_tokens_by_age ON reporter_tokens (municipality_id, created_at);

-- Warnings that a mailbox has heard of before its quiet hours, and Fridays on which it has heard of the weekend (case_id 0).
CREATE TABLE told_ahead (
  municipality_id BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  case_id BIGINT NOT NULL,
  warning BIGINT NOT NULL,
  kind {{text}} NOT NULL,
  ref {{text}} NOT NULL,
  PRIMARY KEY (municipality_id, due_at, case_id, warning, kind, ref)
) {{clustered}};

-- How far the history has been told on: a cursor, moved together with what came of the events behind it.
CREATE TABLE told_events (
  municipality_id BIGINT NOT NULL PRIMARY KEY,
  told_to {{text}} NOT NULL
) {{clustered}};

-- Where notices go, each with its own queue. next_at: when there is something to do; leased: by whom it is being done.
CREATE TABLE destinations (
  municipality_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  kind {{text}} NOT NULL,
  ref {{text}} NOT NULL,
  by_mail BIGINT NOT NULL,
  failures BIGINT NOT NULL,
  failing_since BIGINT,
  closed_until BIGINT,
  next_at BIGINT,
  leased_until BIGINT NOT NULL,
  leased_by {{text}} NOT NULL,
  last_position BIGINT NOT NULL,
  PRIMARY KEY (municipality_id, id)
) {{clustered}};
CREATE UNIQUE INDEX destinations_by_ref ON destinations (municipality_id, kind, ref);
CREATE INDEX destinations_with_work ON destinations (municipality_id, by_mail, next_at, id) WHERE next_at IS NOT NULL;

-- What a mailbox is to be told; message_id 0: it waits for leaves_at.
CREATE TABLE notices (
  municipality_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  destination_id BIGINT NOT NULL,
  message_id BIGINT NOT NULL,
  kind {{text}} NOT NULL,
  event_id BIGINT NOT NULL,
  case_id BIGINT NOT NULL,
  report_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  leaves_at BIGINT NOT NULL,
  PRIMARY KEY (municipality_id, id)
) {{clustered}};
CREATE INDEX notices_waiting ON notices (municipality_id, destination_id, leaves_at, id, created_at, message_id) WHERE message_id = 0;
CREATE INDEX notices_of_parked ON notices (municipality_id, destination_id, created_at, id) WHERE kind = 'parked';
CREATE INDEX notices_of_message ON notices (municipality_id, message_id, id) WHERE message_id <> 0;

CREATE TABLE messages (
  municipality_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  destination_id BIGINT NOT NULL,
  case_id BIGINT NOT NULL,
  position BIGINT NOT NULL,
  event_id BIGINT NOT NULL,
  type {{text}} NOT NULL,
  state {{text}} NOT NULL,
  attempts BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  next_at BIGINT NOT NULL,
  first_tried_at BIGINT,
  done_at BIGINT,
  status BIGINT NOT NULL,
  detail {{text}} NOT NULL,
  sent_to {{text}} NOT NULL,
  PRIMARY KEY (municipality_id, id)
) {{clustered}};
CREATE INDEX messages_waiting ON messages (municipality_id, destination_id, next_at, id, created_at, state) WHERE state = 'waiting';
CREATE INDEX messages_of_case ON messages (municipality_id, destination_id, case_id, position) WHERE state = 'waiting';
CREATE INDEX messages_given_up ON messages (municipality_id, state, done_at, id) WHERE state IN ('parked', 'dropped');
CREATE INDEX messages_of_destination ON messages (municipality_id, destination_id, created_at, id);

-- A composed mail with what it rests on, until it is done with: sent again as it is while that holds. It holds links and
-- addresses, so it goes when it is done with, and when something of it is erased or changed.
CREATE TABLE message_bodies (
  municipality_id BIGINT NOT NULL,
  message_id BIGINT NOT NULL,
  body {{text}} NOT NULL,
  PRIMARY KEY (municipality_id, message_id)
) {{clustered}};
