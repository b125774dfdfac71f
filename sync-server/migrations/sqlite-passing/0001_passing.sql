-- What passes: a file of its own, not synced on each commit, never backed up, emptied as it expires. Nothing here names a device
-- to whoever seizes the disk, except the day's coarse quota counters.

CREATE TABLE spent (
    nonce   BLOB    NOT NULL PRIMARY KEY CHECK (length(nonce) = 32), -- an answered challenge
    expires INTEGER NOT NULL                                        -- milliseconds since 1970; forgotten after
) STRICT, WITHOUT ROWID;
CREATE INDEX spent_by_expiry ON spent (expires);

CREATE TABLE sessions (
    token_hash BLOB    NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32), -- BLAKE3 of the token; the token is not here
    sealed_key BLOB    NOT NULL CHECK (length(sealed_key) = 32),    -- the auth key, opened only by the token itself
    expires    INTEGER NOT NULL                                     -- milliseconds since 1970
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_expiry ON sessions (expires);

CREATE TABLE usage (
    day INTEGER NOT NULL,                                           -- days since 1970; earlier days are deleted
    who BLOB    NOT NULL CHECK (length(who) IN (16, 32)),           -- an organisation or an auth key
    mib INTEGER NOT NULL CHECK (mib >= 0),                          -- whole mebibytes written that day
    PRIMARY KEY (day, who)
) STRICT, WITHOUT ROWID;
