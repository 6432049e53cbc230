-- Secondary indexes of records.sqlite, made after the first load: sorted building is several times
-- faster than keeping them up row by row.

-- Look-up by identity.
CREATE INDEX rec_key ON rec(key);
-- The records of a channel in time order.
CREATE INDEX rec_place ON rec(origin, kind, scope, time_us);
-- What imports after the first brought: few rows, which is why the first is left out.
CREATE INDEX rec_changed ON rec(origin, changed) WHERE changed > 1;
