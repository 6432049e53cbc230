-- Secondary indexes of index.sqlite, made after the first load.
CREATE INDEX doc_rec ON doc(rec);
CREATE INDEX doc_channel ON doc(channel);
CREATE INDEX doc_author ON doc(author);
CREATE INDEX doc_traits ON doc(traits);
