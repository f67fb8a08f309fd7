-- That somebody asked for a case to be reopened is rare, and officers ask for those who wait for a word.
CREATE INDEX events_reopen_requests ON events (municipality_id, recorded_at, case_id, position) WHERE type = 'reopen_requested';
