-- Secondary indexes of index.sqlite, made after the first load.
CREATE INDEX doc_rec ON doc(rec);
CREATE INDEX doc_channel ON doc(channel);
CREATE INDEX doc_author ON doc(author);
CREATE INDEX doc_traits ON doc(traits);
-- Later versions are few: a search reads them all, to count a message once.
CREATE INDEX doc_later ON doc(first) WHERE version > 1;
