-- The tables of one vault. Numbered migrations are never edited; each change is a new file.
-- Ids are blobs of fixed length; an empty blob means "none". Times are milliseconds since 1970 by this device's clock.

-- Device secrets, facts of the organisation, the app's own small state.
CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,       -- a fixed word of the app, never anybody's words
    value BLOB NOT NULL                    -- whatever the app puts there
) STRICT, WITHOUT ROWID;

-- One row: counters that only ever rise.
CREATE TABLE counters (
    only          INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    device_seq    INTEGER NOT NULL DEFAULT 0,  -- the highest device_seq this device has sealed (docs/formats/record.md)
    journal_floor INTEGER NOT NULL DEFAULT 0   -- the highest journal number ever folded: numbers are never used twice
) STRICT;
INSERT INTO counters (only) VALUES (1);

-- Documents this device knows.
CREATE TABLE documents (
    doc       BLOB NOT NULL PRIMARY KEY CHECK (length(doc) = 32),  -- document id
    kind      TEXT NOT NULL,                                       -- word of senim_ids::DocKind
    parent    BLOB NOT NULL DEFAULT x'',                           -- document it belongs to, or empty
    heads     BLOB NOT NULL DEFAULT x'',                           -- automerge heads of the snapshot, 32 bytes each
    opened_ms INTEGER NOT NULL DEFAULT -1,                         -- when it was first opened here; -1: not yet
    snapshot  BLOB NOT NULL DEFAULT x''                            -- saved document; last, so that lists never read it
) STRICT;

-- What was written here and is not yet sealed. No index beside the number: one page for each synced insert, and the table
-- is emptied at each sealing, so that reading it whole is cheap.
CREATE TABLE journal (
    seq      INTEGER NOT NULL PRIMARY KEY,  -- 1, 2, 3 … over all documents, never used twice
    doc      BLOB NOT NULL,                 -- document
    kind     INTEGER NOT NULL,              -- 0 edit, 1 act
    saved_ms INTEGER NOT NULL,              -- when it was saved
    bytes    BLOB NOT NULL                  -- the edit or the act
) STRICT;

-- Sealed records: all own ones for ever, others' until their document leaves.
CREATE TABLE envelopes (
    ord        INTEGER NOT NULL PRIMARY KEY,                       -- order of arrival here
    id         BLOB NOT NULL UNIQUE CHECK (length(id) = 32),       -- hash of the whole envelope
    mailbox    BLOB NOT NULL CHECK (length(mailbox) = 16),         -- where it lies
    doc        BLOB NOT NULL DEFAULT x'',                          -- document, once it is known
    own        INTEGER NOT NULL DEFAULT 0,                         -- 1: sealed here
    state      INTEGER NOT NULL DEFAULT 0,                         -- 0 new, 1 waiting, 2 applied, 3 quarantined, 4 foreign
    code       TEXT NOT NULL DEFAULT '',                           -- why it waits or was refused: a stable code
    device     BLOB NOT NULL DEFAULT x'',                          -- author, once it is known
    settled_ms INTEGER NOT NULL DEFAULT 0,                         -- when its state was last set
    bytes      BLOB NOT NULL                                       -- the envelope
) STRICT;
CREATE INDEX envelopes_by_state ON envelopes (state, ord);
CREATE INDEX envelopes_by_mailbox ON envelopes (mailbox, ord);

-- Boxes with keys: those made here for ever, those that came until they are judged.
CREATE TABLE keyboxes (
    id       BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 32),    -- hash of the whole box
    position INTEGER NOT NULL DEFAULT 0,                           -- place in the server's log; 0: not known
    doc      BLOB NOT NULL DEFAULT x'',                            -- document it was made for, of own ones
    own      INTEGER NOT NULL DEFAULT 0,                           -- 1: made here
    state    INTEGER NOT NULL DEFAULT 0,                           -- 0 new, 1 waiting, 2 opened, 3 refused, 4 foreign
    bytes    BLOB NOT NULL                                         -- the box; emptied when one that came is judged
) STRICT;

-- What the server has not yet confirmed, in the order it was made.
CREATE TABLE outbox (
    ord  INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,               -- order of sending
    kind INTEGER NOT NULL,                                         -- 0 keybox, 1 envelope
    id   BLOB NOT NULL UNIQUE CHECK (length(id) = 32)              -- row of keyboxes or envelopes
) STRICT;

-- Records by author: chains, and the evidence of a fork.
CREATE TABLE records (
    device      BLOB NOT NULL CHECK (length(device) = 16),         -- author
    device_seq  INTEGER NOT NULL,                                  -- its count over all documents
    record_hash BLOB NOT NULL CHECK (length(record_hash) = 32),    -- what it says, whatever key it was sealed under
    doc         BLOB NOT NULL,                                     -- document
    doc_seq     INTEGER NOT NULL,                                  -- its count in the document
    roster_seq  INTEGER NOT NULL,                                  -- the roster it was written under
    advances    INTEGER NOT NULL,                                  -- 1: the chain of the document goes on after it
    envelope    BLOB NOT NULL,                                     -- envelope it first came in
    PRIMARY KEY (device, device_seq, record_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX records_by_doc ON records (doc, device, doc_seq);

-- Where this device's own chain stands in each document.
CREATE TABLE own_chains (
    doc         BLOB NOT NULL PRIMARY KEY CHECK (length(doc) = 32),  -- document
    doc_seq     INTEGER NOT NULL,                                    -- records of this device in it
    device_seq  INTEGER NOT NULL,                                    -- device_seq of the last
    roster_seq  INTEGER NOT NULL,                                    -- roster_seq of the last
    record_hash BLOB NOT NULL                                        -- hash of the last
) STRICT, WITHOUT ROWID;

-- Acts taken out of records, for the fold of a document's state.
CREATE TABLE acts (
    doc        BLOB NOT NULL,              -- document
    act        BLOB NOT NULL,              -- act hash
    device     BLOB NOT NULL,              -- author
    device_seq INTEGER NOT NULL,           -- record that carried it
    roster_seq INTEGER NOT NULL,           -- the roster it was written under
    bytes      BLOB NOT NULL,              -- the act
    PRIMARY KEY (doc, act, device, device_seq)
) STRICT, WITHOUT ROWID;

-- The server's database as this device knows it. One row.
CREATE TABLE server (
    only         INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    log          BLOB NOT NULL DEFAULT x'',      -- its random id, or empty before first contact
    roster_upto  INTEGER NOT NULL DEFAULT 0,     -- items of the roster log held
    keybox_upto  INTEGER NOT NULL DEFAULT 0,     -- items of the keybox log held
    feed_upto    INTEGER NOT NULL DEFAULT 0      -- position in the feed
) STRICT;
INSERT INTO server (only) VALUES (1);

-- How far each mailbox was read.
CREATE TABLE mailboxes (
    mailbox BLOB NOT NULL PRIMARY KEY CHECK (length(mailbox) = 16),  -- mailbox
    upto    INTEGER NOT NULL                                         -- last sequence number held
) STRICT, WITHOUT ROWID;

-- Rows of the feed whose bodies are still to be fetched.
CREATE TABLE feed (
    position INTEGER NOT NULL PRIMARY KEY,                 -- position in the organisation's feed
    mailbox  BLOB NOT NULL CHECK (length(mailbox) = 16),   -- where it lies
    seq      INTEGER NOT NULL,                             -- its number there
    id       BLOB NOT NULL CHECK (length(id) = 32),        -- envelope
    size     INTEGER NOT NULL                              -- its length
) STRICT;
CREATE INDEX feed_by_id ON feed (id);

-- The roster log: entries and removals.
CREATE TABLE roster (
    id       BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 32),  -- hash of the sealed item
    position INTEGER NOT NULL DEFAULT 0,                         -- place in the server's log; 0: not there yet
    ord      INTEGER NOT NULL,                                   -- order of arrival here
    kind     INTEGER NOT NULL,                                   -- 0 entry, 1 removal
    bytes    BLOB NOT NULL,                                      -- the sealed item
    content  BLOB NOT NULL DEFAULT x''                           -- what it holds, once opened
) STRICT;

-- Document keys. Two boxes may give one mailbox different keys: both stay, the envelope's commitment tells which is right.
CREATE TABLE keys (
    mailbox  BLOB NOT NULL CHECK (length(mailbox) = 16),  -- mailbox of the epoch
    key      BLOB NOT NULL CHECK (length(key) = 32),      -- the key
    doc      BLOB NOT NULL DEFAULT x'',                   -- document, or empty: the roster log
    doc_kind TEXT NOT NULL DEFAULT '',                    -- word of senim_ids::DocKind, or empty
    epoch    INTEGER NOT NULL,                            -- number of the epoch
    parents  BLOB NOT NULL DEFAULT x'',                   -- mailboxes of the epochs before, 16 bytes each
    readers  BLOB NOT NULL DEFAULT x'',                   -- devices of the epoch, 16 bytes each
    author   BLOB NOT NULL,                               -- device that gave it
    accepted INTEGER NOT NULL DEFAULT 0,                  -- 0: provisional, reads only; 1: audited
    PRIMARY KEY (mailbox, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX keys_by_doc ON keys (doc, epoch);

-- Observations for lists, differences and counts. Can be made again from the documents.
CREATE TABLE observations (
    id          INTEGER NOT NULL PRIMARY KEY,  -- row of the search table
    doc         BLOB NOT NULL,                 -- document
    form        TEXT NOT NULL,                 -- form
    item        TEXT NOT NULL,                 -- item
    row         BLOB NOT NULL DEFAULT x'',     -- row of a repeated group, or empty
    place       BLOB NOT NULL DEFAULT x'',     -- place, or empty
    observer    BLOB NOT NULL,                 -- member who observed
    actor       BLOB NOT NULL,                 -- actor who wrote
    answer      TEXT NOT NULL,                 -- answer in its text form
    evidence    BLOB NOT NULL DEFAULT x'',     -- numbers of the evidence list, 4 bytes each, highest byte first
    note        TEXT NOT NULL DEFAULT '',      -- note, or empty
    observed_ms INTEGER NOT NULL DEFAULT -1,   -- when observed, stated; -1: not said
    recorded_ms INTEGER NOT NULL,              -- when recorded
    UNIQUE (doc, form, item, row, place, observer, actor)
) STRICT;

-- Header figures with the number of values they have now; more than one is an open difference.
CREATE TABLE headers (
    doc    BLOB NOT NULL,       -- document
    form   TEXT NOT NULL,       -- form
    item   TEXT NOT NULL,       -- item
    "values" INTEGER NOT NULL,  -- values now
    PRIMARY KEY (doc, form, item)
) STRICT, WITHOUT ROWID;

-- Folded text of notes and answers about places (never of interviews, samples, identities); rowid is observations.id.
CREATE VIRTUAL TABLE found USING fts5 (folded, tokenize = 'trigram');
-- Without this, deleted words stay in the index's segments until they are merged.
INSERT INTO found (found, rank) VALUES ('secure-delete', 1);

-- Texts that the index does not have yet: the next search takes them in, so that no answer and no sync waits for trigrams.
CREATE TABLE to_index (
    id     INTEGER NOT NULL PRIMARY KEY,  -- observations.id
    folded TEXT NOT NULL                  -- folded text; empty: the row leaves the index
) STRICT;
