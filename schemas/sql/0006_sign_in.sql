-- Who of the staff has signed in, and with how many browsers. The secrets that browsers keep are nowhere.
CREATE TABLE sessions (
  session_digest {{text}} NOT NULL PRIMARY KEY,
  user_id BIGINT NOT NULL REFERENCES users (id),
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL
) {{clustered}};
CREATE INDEX sessions_of_user ON sessions (user_id);

-- Who has asked to sign in, and the window that asked. The secrets are nowhere but in that window and in the mail.
CREATE TABLE sign_ins (
  window_digest {{text}} NOT NULL PRIMARY KEY,
  user_id BIGINT NOT NULL,          -- 0: nobody has the address that was typed
  municipality_id BIGINT NOT NULL,
  message_id BIGINT NOT NULL,       -- the mail; 0: none was sent
  token_digest {{text}} NOT NULL,   -- of the link, and the code's; empty until the mail is composed
  code_digest {{text}} NOT NULL,
  wrong_codes BIGINT NOT NULL,
  asked_at BIGINT NOT NULL,
  ended_at BIGINT                   -- signed in by it, or given up
) {{clustered}};
CREATE INDEX sign_ins_of_user ON sign_ins (user_id, asked_at);
CREATE INDEX sign_ins_by_time ON sign_ins (asked_at);
CREATE INDEX sign_ins_by_message ON sign_ins (message_id) WHERE message_id <> 0;
CREATE UNIQUE INDEX sign_ins_by_token ON sign_ins (token_digest) WHERE token_digest <> '';
