-- Rundowns with cues that keep their ids, a delivery for each zone, reasons as codes with facts, results of commands.
-- Verdicts may not be changed, so the triggers that say so are taken off while old rows are rewritten.
DROP TRIGGER occurrences_final;
DROP TRIGGER airings_final;
DROP TRIGGER requests_final;

ALTER TABLE occurrences RENAME COLUMN zone TO zones;
ALTER TABLE occurrences ADD COLUMN reason_code TEXT NOT NULL DEFAULT 'none';
ALTER TABLE occurrences ADD COLUMN reason_facts TEXT NOT NULL DEFAULT '';
UPDATE occurrences SET reason_code = 'aired_whole' WHERE reason = 'đã phát đủ';
UPDATE occurrences SET reason_code = 'recorded', reason_facts = json_object('facts', json_object('text', reason))
    WHERE reason NOT IN ('', 'đã phát đủ');
ALTER TABLE occurrences DROP COLUMN reason;

ALTER TABLE airings RENAME COLUMN zone TO zones;
ALTER TABLE airings ADD COLUMN cue INTEGER;
ALTER TABLE airings ADD COLUMN reason_code TEXT NOT NULL DEFAULT 'none';
ALTER TABLE airings ADD COLUMN reason_facts TEXT NOT NULL DEFAULT '';
UPDATE airings SET reason_code = 'aired_whole' WHERE reason = 'đã phát đủ';
UPDATE airings SET reason_code = 'recorded', reason_facts = json_object('facts', json_object('text', reason))
    WHERE reason NOT IN ('', 'đã phát đủ');
ALTER TABLE airings DROP COLUMN reason;

-- One line of a rundown. `item` and `request` are JSON; the label is given once, the position may change.
CREATE TABLE cues (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    trial         INTEGER NOT NULL,
    occurrence    TEXT NOT NULL,
    position      INTEGER NOT NULL,
    label         TEXT NOT NULL,
    name          TEXT NOT NULL,
    title         TEXT NOT NULL,
    item          TEXT NOT NULL,
    request       TEXT NOT NULL DEFAULT '',
    problem_code  TEXT NOT NULL DEFAULT 'none',
    problem_facts TEXT NOT NULL DEFAULT '',
    script        TEXT,
    state         TEXT NOT NULL CHECK (state IN ('waiting', 'begun', 'ended', 'removed')),
    added_by      TEXT NOT NULL DEFAULT '',
    moved_by      TEXT NOT NULL DEFAULT '',
    removed_by    TEXT NOT NULL DEFAULT '',
    created_at    TEXT NOT NULL,
    UNIQUE (occurrence, trial, label)
) STRICT;
CREATE TRIGGER cues_kept BEFORE DELETE ON cues BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

-- An airing in one zone: written with *on air*, its verdict with the airing's.
CREATE TABLE deliveries (
    airing       INTEGER NOT NULL,
    zone         TEXT NOT NULL,
    output       TEXT NOT NULL,
    started_at   TEXT,
    ended_at     TEXT,
    frames       INTEGER NOT NULL DEFAULT 0,
    outcome      TEXT,
    reason_code  TEXT NOT NULL DEFAULT 'none',
    reason_facts TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (airing, zone)
) STRICT;
INSERT INTO deliveries (airing, zone, output, started_at, ended_at, frames, outcome, reason_code, reason_facts)
    SELECT id, zones, output, started_at, ended_at, frames, outcome, reason_code, reason_facts FROM airings;
CREATE TRIGGER deliveries_final BEFORE UPDATE ON deliveries WHEN OLD.outcome IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'this delivery has ended'); END;
CREATE TRIGGER deliveries_kept BEFORE DELETE ON deliveries BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

-- The result of a command is its own; what became of an announcement is told by its occurrence.
ALTER TABLE requests ADD COLUMN result TEXT;
ALTER TABLE requests ADD COLUMN reason_code TEXT NOT NULL DEFAULT 'none';
ALTER TABLE requests ADD COLUMN reason_facts TEXT NOT NULL DEFAULT '';
UPDATE requests SET result = CASE
    WHEN outcome IN ('aired', 'partly_aired') THEN 'done'
    WHEN outcome = 'missed' THEN 'expired'
    WHEN outcome = 'failed' AND kind IN ('skip', 'cancel') THEN 'nothing_to_do'
    WHEN outcome IN ('cancelled', 'preempted') AND kind IN ('say', 'play') THEN 'done'
    ELSE 'failed' END
    WHERE outcome IS NOT NULL;
UPDATE requests SET reason_code = 'aired_whole' WHERE reason = 'đã phát đủ';
UPDATE requests SET reason_code = 'recorded', reason_facts = json_object('facts', json_object('text', reason))
    WHERE reason NOT IN ('', 'đã phát đủ');
ALTER TABLE requests DROP COLUMN reason;
ALTER TABLE requests DROP COLUMN outcome;

ALTER TABLE events RENAME COLUMN text TO text_vi;
ALTER TABLE events ADD COLUMN text_en TEXT NOT NULL DEFAULT '';
UPDATE events SET kind = CASE kind
    WHEN 'chay' THEN 'start' WHEN 'dung' THEN 'stop' WHEN 'loa' THEN 'output' WHEN 'phien' THEN 'session'
    WHEN 'dia' THEN 'disk' WHEN 'dong_ho' THEN 'clock' WHEN 'nhat_ky' THEN 'journal' WHEN 'lich' THEN 'timetable'
    WHEN 'bao_dong' THEN 'alarm' WHEN 'yeu_cau' THEN 'request' WHEN 'duyet' THEN 'approval' WHEN 'phat' THEN 'on_air'
    WHEN 'xong' THEN 'ended' WHEN 'thu' THEN 'trial' ELSE kind END;

-- The last version without a mistake of each timetable: a slip of the pen must not cost the next morning.
CREATE TABLE timetables (
    file  TEXT NOT NULL,
    trial INTEGER NOT NULL,
    text  TEXT NOT NULL,
    PRIMARY KEY (file, trial)
) STRICT;
INSERT INTO timetables (file, trial, text) SELECT substr(name, 11), 0, value FROM marks WHERE name LIKE 'timetable:%';
INSERT INTO timetables (file, trial, text) SELECT substr(name, 17), 1, value FROM marks WHERE name LIKE 'trial:timetable:%';
DELETE FROM marks WHERE name LIKE 'timetable:%' OR name LIKE 'trial:timetable:%';

CREATE TRIGGER occurrences_final BEFORE UPDATE ON occurrences WHEN OLD.outcome IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'this occurrence has ended'); END;
CREATE TRIGGER airings_final BEFORE UPDATE ON airings WHEN OLD.outcome IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'this airing has ended'); END;
CREATE TRIGGER requests_final BEFORE UPDATE ON requests WHEN OLD.ended_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'this request has ended'); END;
