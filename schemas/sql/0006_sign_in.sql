-- Who of the staff has signed in, and with how many browsers. The secrets that browsers keep are nowhere.
CREATE TABLE sessions (
  session_digest {{text}} NOT NULL PRIMARY KEY,
  user_id BIGINT NOT NULL REFERENCES users (id),
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL
) {{clustered}};
CREATE INDEX sessions_of_user ON sessions (user_id);
