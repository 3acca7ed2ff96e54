-- The first journal. `trial` is 1 for rows written under a test clock: they never count for the real station.
CREATE TABLE occurrences (
    id         INTEGER PRIMARY KEY,
    key        TEXT NOT NULL,
    trial      INTEGER NOT NULL CHECK (trial IN (0, 1)),
    title      TEXT NOT NULL,
    planned_at TEXT NOT NULL,
    level      TEXT NOT NULL,
    zone       TEXT NOT NULL,
    asked_by   TEXT NOT NULL,
    request_id INTEGER,
    state      TEXT NOT NULL CHECK (state IN ('planned', 'ready', 'not_ready', 'on_air', 'ended')),
    outcome    TEXT,
    reason     TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL,
    ended_at   TEXT,
    clock      TEXT NOT NULL,
    UNIQUE (key, trial),
    CHECK ((state = 'ended') = (outcome IS NOT NULL))
) STRICT;
CREATE INDEX occurrences_open ON occurrences (trial, planned_at) WHERE state <> 'ended';
CREATE INDEX occurrences_planned ON occurrences (planned_at);

CREATE TABLE airings (
    id           INTEGER PRIMARY KEY,
    trial        INTEGER NOT NULL,
    occurrence   TEXT NOT NULL,
    item         TEXT NOT NULL,
    attempt      INTEGER NOT NULL,
    script       TEXT,
    level        TEXT NOT NULL,
    zone         TEXT NOT NULL,
    planned_at   TEXT NOT NULL,
    started_at   TEXT,
    ended_at     TEXT,
    frames       INTEGER NOT NULL DEFAULT 0,
    start_frame  INTEGER NOT NULL DEFAULT 0,
    clip_frames  INTEGER NOT NULL DEFAULT 0,
    outcome      TEXT,
    reason       TEXT NOT NULL DEFAULT '',
    voice        TEXT,
    engine       TEXT,
    text_sha256  TEXT,
    audio_sha256 TEXT,
    asked_by     TEXT NOT NULL,
    output       TEXT NOT NULL,
    clock        TEXT NOT NULL,
    underruns    INTEGER NOT NULL DEFAULT 0,
    level_dbfs   REAL,
    UNIQUE (occurrence, trial, item, attempt)
) STRICT;
CREATE INDEX airings_open ON airings (trial) WHERE outcome IS NULL;
CREATE INDEX airings_planned ON airings (planned_at);
CREATE INDEX airings_started ON airings (trial, started_at);

CREATE TABLE requests (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    trial    INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    payload  TEXT NOT NULL,
    acted_at TEXT,
    ended_at TEXT,
    outcome  TEXT,
    reason   TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX requests_open ON requests (trial, id) WHERE ended_at IS NULL;

CREATE TABLE events (
    id    INTEGER PRIMARY KEY,
    at    TEXT NOT NULL,
    kind  TEXT NOT NULL,
    text  TEXT NOT NULL,
    clock TEXT NOT NULL
) STRICT;

CREATE TABLE approvals (
    id           INTEGER PRIMARY KEY,
    script       TEXT NOT NULL,
    text_sha256  TEXT NOT NULL,
    audio_sha256 TEXT NOT NULL,
    approved_by  TEXT NOT NULL,
    approved_at  TEXT NOT NULL
) STRICT;
CREATE INDEX approvals_script ON approvals (script, audio_sha256);

-- Small facts that do change: the STOP latch, the last time the station was seen alive.
CREATE TABLE marks (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- Append-only: a verdict is given once, and nothing is deleted.
CREATE TRIGGER occurrences_final BEFORE UPDATE ON occurrences WHEN OLD.outcome IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'this occurrence has ended'); END;
CREATE TRIGGER airings_final BEFORE UPDATE ON airings WHEN OLD.outcome IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'this airing has ended'); END;
CREATE TRIGGER requests_final BEFORE UPDATE ON requests WHEN OLD.ended_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'this request has ended'); END;
CREATE TRIGGER occurrences_kept BEFORE DELETE ON occurrences BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER airings_kept BEFORE DELETE ON airings BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER requests_kept BEFORE DELETE ON requests BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER events_kept BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER approvals_kept BEFORE DELETE ON approvals BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
