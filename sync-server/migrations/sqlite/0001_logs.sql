-- The server's lasting tables. What is NOT here is the point: no author, no name, no facility, no plaintext hash, no time of
-- day, and nothing about who asked for what. `org` is a local number, so that the sixteen-byte id stands once.

CREATE TABLE server (
    one           INTEGER NOT NULL PRIMARY KEY CHECK (one = 1), -- there is one row
    log           BLOB    NOT NULL CHECK (length(log) = 16),    -- random id of this database; another one means: the server forgot
    challenge_key BLOB    NOT NULL CHECK (length(challenge_key) = 32) -- makes challenges; shared by all processes of one address
) STRICT;

CREATE TABLE organisations (
    org     INTEGER NOT NULL PRIMARY KEY,                       -- local number
    wire_id BLOB    NOT NULL UNIQUE CHECK (length(wire_id) = 16), -- as devices name it
    version INTEGER NOT NULL CHECK (version >= 0),              -- of the admit list in force
    list    BLOB    NOT NULL                                    -- the signed admit list in force, CBOR
) STRICT;

CREATE TABLE admitted (
    auth BLOB    NOT NULL PRIMARY KEY CHECK (length(auth) = 32), -- a device's auth key; it belongs to one organisation
    org  INTEGER NOT NULL REFERENCES organisations (org)
) STRICT, WITHOUT ROWID;
CREATE INDEX admitted_by_org ON admitted (org);

CREATE TABLE blocked (
    auth BLOB NOT NULL PRIMARY KEY CHECK (length(auth) = 32)     -- refused by the operator, whatever any list says
) STRICT, WITHOUT ROWID;

CREATE TABLE roster (
    org      INTEGER NOT NULL REFERENCES organisations (org),
    position INTEGER NOT NULL CHECK (position > 0),             -- 1, 2, 3 …
    kind     INTEGER NOT NULL CHECK (kind IN (4, 5)),           -- 4 entry (compare-and-append), 5 removal
    id       BLOB    NOT NULL CHECK (length(id) = 32),          -- BLAKE3 of body
    body     BLOB    NOT NULL,                                  -- sealed
    PRIMARY KEY (org, position),
    UNIQUE (org, id)
) STRICT;

CREATE TABLE keyboxes (
    org      INTEGER NOT NULL REFERENCES organisations (org),
    position INTEGER NOT NULL CHECK (position > 0),             -- 1, 2, 3 …
    id       BLOB    NOT NULL CHECK (length(id) = 32),          -- BLAKE3 of body
    body     BLOB    NOT NULL,                                  -- an age file; who can open it is not said
    PRIMARY KEY (org, position),
    UNIQUE (org, id)
) STRICT;

CREATE TABLE envelopes (
    org     INTEGER NOT NULL REFERENCES organisations (org),
    feed    INTEGER NOT NULL CHECK (feed > 0),                  -- position in the organisation's feed: 1, 2, 3 …
    mailbox BLOB    NOT NULL CHECK (length(mailbox) = 16),      -- random; changes with each epoch
    seq     INTEGER NOT NULL CHECK (seq > 0),                   -- position in the mailbox: 1, 2, 3 …
    id      BLOB    NOT NULL CHECK (length(id) = 32),           -- BLAKE3 of body
    size    INTEGER NOT NULL CHECK (size > 0),                  -- bytes of body, so that the feed reads no bodies
    body    BLOB    NOT NULL,                                   -- sealed
    UNIQUE (org, feed),
    UNIQUE (org, mailbox, seq),
    UNIQUE (org, id)
) STRICT;

CREATE TABLE chunks (
    org     INTEGER NOT NULL REFERENCES organisations (org),
    id      BLOB    NOT NULL CHECK (length(id) = 32),           -- BLAKE3 of the file
    mailbox BLOB    NOT NULL CHECK (length(mailbox) = 16),      -- from its header; `gc` needs it
    size    INTEGER NOT NULL CHECK (size > 0),                  -- bytes of the file
    day     INTEGER NOT NULL CHECK (day >= 0),                  -- days since 1970 at upload; `gc` keeps unclaimed uploads 90 days
    PRIMARY KEY (org, id)
) STRICT, WITHOUT ROWID;
