-- The cases of some days, of which a figure tells how many: those that are open have their index (cases_open_by_due). An entry is
-- written when a case is closed, not when it is reported, and near the last ones, since the days of what is closed lie together.
CREATE INDEX cases_closed_by_due ON cases (municipality_id, due_at, id) WHERE is_open = 0;
