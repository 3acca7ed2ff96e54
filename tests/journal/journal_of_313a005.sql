-- The journal of a station of commit 313a005 (schema 1), as its own program wrote it on 1 and 2 December 2026 under a
-- clock moved by hand: sessions aired, pre-empted by an emergency, missed in a power cut (10:50 to 11:40) and while the
-- station was off; notices stopped, refused, cancelled, unreadable, repeated; a session that took over a missed one
-- (mark join:). It was killed on 2 December at 17:00:40 in the second item of ngay/chieu, whose turn it is to take over
-- ngay/trua as well; a notice for 18:00 is accepted, another was asked while nobody ran. Made with `iterdump`.
BEGIN TRANSACTION;
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
INSERT INTO "airings" VALUES(1,0,'ngay/sang/2026-12-01','01-nhac_hieu',1,NULL,'phien','tat_ca','2026-11-30T22:30:00.000+00:00','2026-11-30T22:30:00.000+00:00','2026-11-30T22:30:02.500+00:00',120000,0,120000,'aired','đã phát đủ','','uoc_luong','','','lich','soundcard','system',0,NULL);
INSERT INTO "airings" VALUES(2,0,'ngay/sang/2026-12-01','02-tin',1,'tin','phien','tat_ca','2026-11-30T22:30:00.000+00:00','2026-11-30T22:30:02.500+00:00','2026-11-30T22:30:08.030+00:00',265440,0,397091,'preempted','nhường cho «Nước sông lên nhanh, bà con ven sông di dời ngay.»','','uoc_luong','','','lich','soundcard','system',0,NULL);
INSERT INTO "airings" VALUES(3,0,'yeu_cau/1','01-nuoc_song_len_nhanh_ba_con',1,NULL,'khan_cap','tat_ca','2026-11-30T22:30:08.000+00:00','2026-11-30T22:30:08.030+00:00','2026-11-30T22:30:16.530+00:00',408000,0,408000,'aired','đã phát đủ','','uoc_luong','','','Anh Nam','soundcard','system',0,NULL);
INSERT INTO "airings" VALUES(4,0,'ngay/sang/2026-12-01','02-tin',2,'tin','phien','tat_ca','2026-11-30T22:30:00.000+00:00','2026-11-30T22:30:16.530+00:00','2026-11-30T22:30:24.802+00:00',397091,0,397091,'aired','đã phát đủ','','uoc_luong','','','lich','soundcard','system',0,NULL);
INSERT INTO "airings" VALUES(5,0,'ngay/sang/2026-12-01','03-hai',1,'hai','phien','tat_ca','2026-11-30T22:30:00.000+00:00','2026-11-30T22:30:24.802+00:00','2026-11-30T22:32:36.711+00:00',6331636,0,6331636,'aired','đã phát đủ','','uoc_luong','','','lich','soundcard','system',0,NULL);
INSERT INTO "airings" VALUES(6,0,'yeu_cau/3','01-moi_thon_1_di_lay_nuoc',1,NULL,'thong_thuong','tat_ca','2026-12-01T00:30:00.000+00:00','2026-12-01T00:30:00.000+00:00','2026-12-01T00:30:06.227+00:00',298909,0,298909,'aired','đã phát đủ','','uoc_luong','','','Chị Lan','soundcard','system',0,NULL);
INSERT INTO "airings" VALUES(7,0,'yeu_cau/3','01-moi_thon_1_di_lay_nuoc#2',1,NULL,'thong_thuong','tat_ca','2026-12-01T00:30:00.000+00:00','2026-12-01T00:30:08.227+00:00','2026-12-01T00:30:14.454+00:00',298909,0,298909,'aired','đã phát đủ','','uoc_luong','','','Chị Lan','soundcard','system',0,NULL);
INSERT INTO "airings" VALUES(8,0,'yeu_cau/4','01-ban_tin_dai_ban_tin_dai',1,NULL,'uu_tien','tat_ca','2026-12-01T01:00:00.000+00:00','2026-12-01T01:00:00.000+00:00','2026-12-01T01:00:10.030+00:00',481440,0,1477091,'partly_aired','lệnh DỪNG của Anh Nam','','uoc_luong','','','Chị Lan','soundcard','system',0,NULL);
INSERT INTO "airings" VALUES(9,0,'yeu_cau/6','01-thong_bao_trong_luc_dung',1,NULL,'thong_thuong','tat_ca','2026-12-01T01:05:00.000+00:00',NULL,'2026-12-01T01:05:00.000+00:00',0,0,0,'cancelled','đang có lệnh DỪNG; chạy «broadcaster resume» trước',NULL,NULL,NULL,NULL,'Chị Lan','soundcard','system',0,NULL);
INSERT INTO "airings" VALUES(10,0,'yeu_cau/8','01-hop_chi_bo',1,NULL,'thong_thuong','tat_ca','2026-12-01T07:00:00.000+00:00',NULL,'2026-12-01T02:05:00.000+00:00',0,0,0,'cancelled','Chị Lan hủy',NULL,NULL,NULL,NULL,'Chị Lan','soundcard','system',0,NULL);
INSERT INTO "airings" VALUES(11,0,'yeu_cau/12','01-khong_co',1,NULL,'thong_thuong','tat_ca','2026-12-01T02:08:00.000+00:00',NULL,'2026-12-01T02:08:00.000+00:00',0,0,0,'failed','/dai/khong_co.wav: không có tệp ghi âm «khong_co.wav». Chép tệp vào đúng thư mục, hoặc sửa lại tên',NULL,NULL,NULL,NULL,'Chị Lan','soundcard','system',0,NULL);
INSERT INTO "airings" VALUES(12,0,'ngay/trua/2026-12-01','01-nhac_hieu',1,NULL,'phien','tat_ca','2026-12-01T04:00:00.000+00:00',NULL,'2026-12-01T04:40:00.000+00:00',0,0,0,'missed','bỏ lỡ vì mất điện hoặc máy dừng 10:45–11:40; chuyển sang phiên kế tiếp',NULL,NULL,NULL,NULL,'lich','soundcard','system',0,NULL);
INSERT INTO "airings" VALUES(13,0,'ngay/trua/2026-12-01','02-trua',1,'trua','phien','tat_ca','2026-12-01T04:00:00.000+00:00',NULL,'2026-12-01T04:40:00.000+00:00',0,0,0,'missed','bỏ lỡ vì mất điện hoặc máy dừng 10:45–11:40; chuyển sang phiên kế tiếp',NULL,NULL,NULL,NULL,'lich','soundcard','system',0,NULL);
INSERT INTO "airings" VALUES(14,0,'ngay/trua/2026-12-01','03-tin',1,'tin','phien','tat_ca','2026-12-01T04:00:00.000+00:00',NULL,'2026-12-01T04:40:00.000+00:00',0,0,0,'missed','bỏ lỡ vì mất điện hoặc máy dừng 10:45–11:40; chuyển sang phiên kế tiếp',NULL,NULL,NULL,NULL,'lich','soundcard','system',0,NULL);
INSERT INTO "airings" VALUES(15,0,'ngay/chieu/2026-12-01','01-chieu',1,'chieu','phien','tat_ca','2026-12-01T10:00:00.000+00:00','2026-12-01T10:00:00.000+00:00','2026-12-01T10:00:07.363+00:00',353455,0,353455,'aired','đã phát đủ','','uoc_luong','','','lich','soundcard','system',0,NULL);
INSERT INTO "airings" VALUES(16,0,'ngay/chieu/2026-12-01','02-hai',1,'hai','phien','tat_ca','2026-12-01T10:00:00.000+00:00','2026-12-01T10:00:07.363+00:00','2026-12-01T10:02:19.272+00:00',6331636,0,6331636,'aired','đã phát đủ','','uoc_luong','','','lich','soundcard','system',0,NULL);
INSERT INTO "airings" VALUES(17,0,'ngay/chieu/2026-12-01','03-trua',1,'trua','phien','tat_ca','2026-12-01T10:00:00.000+00:00','2026-12-01T10:02:19.272+00:00','2026-12-01T10:02:26.181+00:00',331636,0,331636,'aired','đã phát đủ','','uoc_luong','','','lich','soundcard','system',0,NULL);
INSERT INTO "airings" VALUES(18,0,'ngay/chieu/2026-12-01','04-tin',1,'tin','phien','tat_ca','2026-12-01T10:00:00.000+00:00','2026-12-01T10:02:26.181+00:00','2026-12-01T10:02:34.454+00:00',397091,0,397091,'aired','đã phát đủ','','uoc_luong','','','lich','soundcard','system',0,NULL);
INSERT INTO "airings" VALUES(19,0,'ngay/toi/2026-12-01','01-chieu',1,'chieu','phien','tat_ca','2026-12-01T13:00:00.000+00:00',NULL,'2026-12-01T13:10:00.000+00:00',0,0,0,'missed','bỏ lỡ vì đài tắt 19:49–20:10 (đã muộn 10 phút)',NULL,NULL,NULL,NULL,'lich','soundcard','system',0,NULL);
INSERT INTO "airings" VALUES(20,0,'ngay/sang/2026-12-02','01-nhac_hieu',1,NULL,'phien','tat_ca','2026-12-01T22:30:00.000+00:00','2026-12-01T22:30:00.000+00:00','2026-12-01T22:30:02.500+00:00',120000,0,120000,'aired','đã phát đủ','','uoc_luong','','','lich','soundcard','system',0,NULL);
INSERT INTO "airings" VALUES(21,0,'ngay/sang/2026-12-02','02-tin',1,'tin','phien','tat_ca','2026-12-01T22:30:00.000+00:00','2026-12-01T22:30:02.500+00:00','2026-12-01T22:30:10.772+00:00',397091,0,397091,'aired','đã phát đủ','','uoc_luong','','','lich','soundcard','system',0,NULL);
INSERT INTO "airings" VALUES(22,0,'ngay/sang/2026-12-02','03-hai',1,'hai','phien','tat_ca','2026-12-01T22:30:00.000+00:00','2026-12-01T22:30:10.772+00:00','2026-12-01T22:32:22.681+00:00',6331636,0,6331636,'aired','đã phát đủ','','uoc_luong','','','lich','soundcard','system',0,NULL);
INSERT INTO "airings" VALUES(23,0,'ngay/trua/2026-12-02','01-nhac_hieu',1,NULL,'phien','tat_ca','2026-12-02T04:00:00.000+00:00',NULL,'2026-12-02T04:40:00.000+00:00',0,0,0,'missed','bỏ lỡ vì mất điện hoặc máy dừng 10:45–11:40; chuyển sang phiên kế tiếp',NULL,NULL,NULL,NULL,'lich','soundcard','system',0,NULL);
INSERT INTO "airings" VALUES(24,0,'ngay/trua/2026-12-02','02-trua',1,'trua','phien','tat_ca','2026-12-02T04:00:00.000+00:00',NULL,'2026-12-02T04:40:00.000+00:00',0,0,0,'missed','bỏ lỡ vì mất điện hoặc máy dừng 10:45–11:40; chuyển sang phiên kế tiếp',NULL,NULL,NULL,NULL,'lich','soundcard','system',0,NULL);
INSERT INTO "airings" VALUES(25,0,'ngay/trua/2026-12-02','03-tin',1,'tin','phien','tat_ca','2026-12-02T04:00:00.000+00:00',NULL,'2026-12-02T04:40:00.000+00:00',0,0,0,'missed','bỏ lỡ vì mất điện hoặc máy dừng 10:45–11:40; chuyển sang phiên kế tiếp',NULL,NULL,NULL,NULL,'lich','soundcard','system',0,NULL);
INSERT INTO "airings" VALUES(26,0,'ngay/chieu/2026-12-02','01-chieu',1,'chieu','phien','tat_ca','2026-12-02T10:00:00.000+00:00','2026-12-02T10:00:00.000+00:00','2026-12-02T10:00:07.363+00:00',353455,0,353455,'aired','đã phát đủ','','uoc_luong','','','lich','soundcard','system',0,NULL);
INSERT INTO "airings" VALUES(27,0,'ngay/chieu/2026-12-02','02-hai',1,'hai','phien','tat_ca','2026-12-02T10:00:00.000+00:00','2026-12-02T10:00:07.363+00:00',NULL,1440000,0,6331636,NULL,'','','uoc_luong','','','lich','soundcard','system',0,NULL);
INSERT INTO "airings" VALUES(28,1,'ngay/sang/2026-12-02','02-tin',1,'tin','phien','tat_ca','2026-12-01T22:30:00.000+00:00','2026-12-01T22:30:00.000+00:00','2026-12-01T23:00:00.000+00:00',48000,0,0,'aired','đã phát đủ',NULL,NULL,NULL,NULL,'lich','log:thu.jsonl','manual',0,NULL);
CREATE TABLE approvals (
    id           INTEGER PRIMARY KEY,
    script       TEXT NOT NULL,
    text_sha256  TEXT NOT NULL,
    audio_sha256 TEXT NOT NULL,
    approved_by  TEXT NOT NULL,
    approved_at  TEXT NOT NULL
) STRICT;
INSERT INTO "approvals" VALUES(1,'tin','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','Chủ tịch xã','2026-12-01T00:30:00.000+00:00');
CREATE TABLE events (
    id    INTEGER PRIMARY KEY,
    at    TEXT NOT NULL,
    kind  TEXT NOT NULL,
    text  TEXT NOT NULL,
    clock TEXT NOT NULL
) STRICT;
INSERT INTO "events" VALUES(1,'2026-11-30T22:00:00.000+00:00','chay','đài bắt đầu chạy, ra memory, đồng hồ system','system');
INSERT INTO "events" VALUES(2,'2026-12-01T04:40:00.000+00:00','chay','đài bắt đầu chạy, ra memory, đồng hồ system','system');
INSERT INTO "events" VALUES(3,'2026-12-01T12:49:59.999+00:00','dung','đài dừng','system');
INSERT INTO "events" VALUES(4,'2026-12-01T13:10:00.000+00:00','chay','đài bắt đầu chạy, ra memory, đồng hồ system','system');
INSERT INTO "events" VALUES(5,'2026-12-02T04:40:00.000+00:00','chay','đài bắt đầu chạy, ra memory, đồng hồ system','system');
INSERT INTO "events" VALUES(6,'2026-12-01T23:00:00.000+00:00','thu','chạy thử','manual');
CREATE TABLE marks (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
INSERT INTO "marks" VALUES('timetable:ngay.toml','[session.sang]
title = "Buổi sáng"
time = "05:30"
days = "daily"
late = "play 10m"
items = [ { chime = true }, { script = "tin" }, { script = "hai" } ]

[session.trua]
title = "Buổi trưa"
time = "11:00"
days = "daily"
late = "next_session"
items = [ { chime = true }, { script = "trua" }, { script = "tin" } ]

[session.chieu]
title = "Buổi chiều"
time = "17:00"
days = "daily"
late = "play 30m"
items = [ { script = "chieu" }, { script = "hai" } ]

[session.toi]
title = "Buổi tối"
time = "20:00"
days = "daily"
late = "skip"
items = [ { script = "chieu" } ]
');
INSERT INTO "marks" VALUES('join:ngay/chieu/2026-12-01','ngay/trua/2026-12-01');
INSERT INTO "marks" VALUES('join:ngay/chieu/2026-12-02','ngay/trua/2026-12-02');
INSERT INTO "marks" VALUES('alive','2026-12-02T10:00:37.000+00:00');
INSERT INTO "marks" VALUES('trial:stop','Thử');
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
INSERT INTO "occurrences" VALUES(1,'ngay/sang/2026-12-01',0,'Buổi sáng','2026-11-30T22:30:00.000+00:00','phien','tat_ca','lich',NULL,'ended','aired','đã phát đủ','2026-11-30T22:00:00.000+00:00','2026-11-30T22:32:36.711+00:00','system');
INSERT INTO "occurrences" VALUES(2,'ngay/trua/2026-12-01',0,'Buổi trưa','2026-12-01T04:00:00.000+00:00','phien','tat_ca','lich',NULL,'ended','missed','bỏ lỡ vì mất điện hoặc máy dừng 10:45–11:40; chuyển sang phiên kế tiếp','2026-11-30T22:00:00.000+00:00','2026-12-01T04:40:00.000+00:00','system');
INSERT INTO "occurrences" VALUES(3,'ngay/chieu/2026-12-01',0,'Buổi chiều','2026-12-01T10:00:00.000+00:00','phien','tat_ca','lich',NULL,'ended','aired','đã phát đủ','2026-11-30T22:00:00.000+00:00','2026-12-01T10:02:34.454+00:00','system');
INSERT INTO "occurrences" VALUES(4,'ngay/toi/2026-12-01',0,'Buổi tối','2026-12-01T13:00:00.000+00:00','phien','tat_ca','lich',NULL,'ended','missed','bỏ lỡ vì đài tắt 19:49–20:10 (đã muộn 10 phút)','2026-11-30T22:00:00.000+00:00','2026-12-01T13:10:00.000+00:00','system');
INSERT INTO "occurrences" VALUES(5,'yeu_cau/1',0,'Nước sông lên nhanh, bà con ven sông di dời ngay.','2026-11-30T22:30:08.000+00:00','khan_cap','tat_ca','Anh Nam',1,'ended','aired','đã phát đủ','2026-11-30T22:30:08.000+00:00','2026-11-30T22:30:16.530+00:00','system');
INSERT INTO "occurrences" VALUES(6,'ngay/sang/2026-12-02',0,'Buổi sáng','2026-12-01T22:30:00.000+00:00','phien','tat_ca','lich',NULL,'ended','aired','đã phát đủ','2026-11-30T22:30:59.802+00:00','2026-12-01T22:32:22.681+00:00','system');
INSERT INTO "occurrences" VALUES(7,'yeu_cau/3',0,'Mời thôn 1 đi lấy nước.','2026-12-01T00:30:00.000+00:00','thong_thuong','tat_ca','Chị Lan',3,'ended','aired','đã phát đủ','2026-12-01T00:30:00.000+00:00','2026-12-01T00:30:14.454+00:00','system');
INSERT INTO "occurrences" VALUES(8,'yeu_cau/4',0,'Bản tin dài. Bản tin dài. Bản tin dài. Bản tin dài. Bản tin…','2026-12-01T01:00:00.000+00:00','uu_tien','tat_ca','Chị Lan',4,'ended','partly_aired','lệnh DỪNG của Anh Nam','2026-12-01T01:00:00.000+00:00','2026-12-01T01:00:10.030+00:00','system');
INSERT INTO "occurrences" VALUES(9,'yeu_cau/6',0,'Thông báo trong lúc dừng.','2026-12-01T01:05:00.000+00:00','thong_thuong','tat_ca','Chị Lan',6,'ended','cancelled','đang có lệnh DỪNG; chạy «broadcaster resume» trước','2026-12-01T01:05:00.000+00:00','2026-12-01T01:05:00.000+00:00','system');
INSERT INTO "occurrences" VALUES(10,'yeu_cau/8',0,'Họp chi bộ.','2026-12-01T07:00:00.000+00:00','thong_thuong','tat_ca','Chị Lan',8,'ended','cancelled','Chị Lan hủy','2026-12-01T02:00:00.000+00:00','2026-12-01T02:05:00.000+00:00','system');
INSERT INTO "occurrences" VALUES(11,'yeu_cau/12',0,'khong_co.wav','2026-12-01T02:08:00.000+00:00','thong_thuong','tat_ca','Chị Lan',12,'ended','failed','/dai/khong_co.wav: không có tệp ghi âm «khong_co.wav». Chép tệp vào đúng thư mục, hoặc sửa lại tên','2026-12-01T02:08:00.000+00:00','2026-12-01T02:08:00.000+00:00','system');
INSERT INTO "occurrences" VALUES(12,'ngay/trua/2026-12-02',0,'Buổi trưa','2026-12-02T04:00:00.000+00:00','phien','tat_ca','lich',NULL,'ended','missed','bỏ lỡ vì mất điện hoặc máy dừng 10:45–11:40; chuyển sang phiên kế tiếp','2026-12-01T04:40:00.000+00:00','2026-12-02T04:40:00.000+00:00','system');
INSERT INTO "occurrences" VALUES(13,'ngay/chieu/2026-12-02',0,'Buổi chiều','2026-12-02T10:00:00.000+00:00','phien','tat_ca','lich',NULL,'on_air',NULL,'','2026-12-01T10:00:57.363+00:00',NULL,'system');
INSERT INTO "occurrences" VALUES(14,'ngay/toi/2026-12-02',0,'Buổi tối','2026-12-02T13:00:00.000+00:00','phien','tat_ca','lich',NULL,'ready',NULL,'','2026-12-01T13:10:00.000+00:00',NULL,'system');
INSERT INTO "occurrences" VALUES(15,'ngay/sang/2026-12-03',0,'Buổi sáng','2026-12-02T22:30:00.000+00:00','phien','tat_ca','lich',NULL,'ready',NULL,'','2026-12-01T22:31:00.772+00:00',NULL,'system');
INSERT INTO "occurrences" VALUES(16,'ngay/trua/2026-12-03',0,'Buổi trưa','2026-12-03T04:00:00.000+00:00','phien','tat_ca','lich',NULL,'ready',NULL,'','2026-12-02T04:40:00.000+00:00',NULL,'system');
INSERT INTO "occurrences" VALUES(17,'yeu_cau/13',0,'Văn nghệ','2026-12-02T11:00:00.000+00:00','thong_thuong','tat_ca','Chị Lan',13,'planned',NULL,'','2026-12-02T09:00:00.000+00:00',NULL,'system');
INSERT INTO "occurrences" VALUES(18,'ngay/sang/2026-12-02',1,'Buổi sáng','2026-12-01T22:30:00.000+00:00','phien','tat_ca','lich',NULL,'planned',NULL,'','2026-12-01T23:00:00.000+00:00',NULL,'manual');
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
INSERT INTO "requests" VALUES(1,0,'say','2026-11-30T22:30:08.000+00:00','Anh Nam','{"text": "Nước sông lên nhanh, bà con ven sông di dời ngay.", "level": "khan_cap", "reason": "Công điện 12", "zone": "tat_ca"}','2026-11-30T22:30:08.000+00:00','2026-11-30T22:30:16.530+00:00','aired','đã phát đủ');
INSERT INTO "requests" VALUES(2,0,'skip','2026-12-01T00:00:00.000+00:00','Chị Lan','{}','2026-12-01T00:00:00.000+00:00','2026-12-01T00:00:00.000+00:00','failed','không có gì đang phát');
INSERT INTO "requests" VALUES(3,0,'say','2026-12-01T00:30:00.000+00:00','Chị Lan','{"text": "Mời thôn 1 đi lấy nước.", "repeat": 2, "level": "thong_thuong"}','2026-12-01T00:30:00.000+00:00','2026-12-01T00:30:14.454+00:00','aired','đã phát đủ');
INSERT INTO "requests" VALUES(4,0,'say','2026-12-01T01:00:00.000+00:00','Chị Lan','{"text": "Bản tin dài. Bản tin dài. Bản tin dài. Bản tin dài. Bản tin dài. Bản tin dài. Bản tin dài. Bản tin dài. Bản tin dài. Bản tin dài. Bản tin dài. Bản tin dài. Bản tin dài. Bản tin dài. Bản tin dài. Bản tin dài. Bản tin dài. Bản tin dài. Bản tin dài. Bản tin dài. ", "level": "uu_tien"}','2026-12-01T01:00:00.000+00:00','2026-12-01T01:00:10.030+00:00','partly_aired','lệnh DỪNG của Anh Nam');
INSERT INTO "requests" VALUES(5,0,'stop','2026-12-01T01:00:10.000+00:00','Anh Nam','{}','2026-12-01T01:00:10.000+00:00','2026-12-01T01:00:10.000+00:00','aired','đã dừng');
INSERT INTO "requests" VALUES(6,0,'say','2026-12-01T01:05:00.000+00:00','Chị Lan','{"text": "Thông báo trong lúc dừng."}','2026-12-01T01:05:00.000+00:00','2026-12-01T01:05:00.000+00:00','cancelled','đang có lệnh DỪNG; chạy «broadcaster resume» trước');
INSERT INTO "requests" VALUES(7,0,'resume','2026-12-01T01:10:00.000+00:00','Anh Nam','{}','2026-12-01T01:10:00.000+00:00','2026-12-01T01:10:00.000+00:00','aired','đã cho phát lại');
INSERT INTO "requests" VALUES(8,0,'say','2026-12-01T02:00:00.000+00:00','Chị Lan','{"text": "Họp chi bộ.", "at": "2026-12-01T14:00:00+07:00"}','2026-12-01T02:00:00.000+00:00','2026-12-01T02:05:00.000+00:00','cancelled','Chị Lan hủy');
INSERT INTO "requests" VALUES(9,0,'cancel','2026-12-01T02:05:00.000+00:00','Chị Lan','{"id": "8"}','2026-12-01T02:05:00.000+00:00','2026-12-01T02:05:00.000+00:00','aired','đã hủy');
INSERT INTO "requests" VALUES(10,0,'cancel','2026-12-01T02:06:00.000+00:00','Chị Lan','{"id": "999"}','2026-12-01T02:06:00.000+00:00','2026-12-01T02:06:00.000+00:00','failed','không có mục này');
INSERT INTO "requests" VALUES(11,0,'say','2026-12-01T02:07:00.000+00:00','Chị Lan','{"level": "rat_gap", "text": "Mức lạ."}','2026-12-01T02:07:00.000+00:00','2026-12-01T02:07:00.000+00:00','failed','yêu cầu không đọc được: ''rat_gap'' is not a valid Level');
INSERT INTO "requests" VALUES(12,0,'play','2026-12-01T02:08:00.000+00:00','Chị Lan','{"file": "khong_co.wav"}','2026-12-01T02:08:00.000+00:00','2026-12-01T02:08:00.000+00:00','failed','/dai/khong_co.wav: không có tệp ghi âm «khong_co.wav». Chép tệp vào đúng thư mục, hoặc sửa lại tên');
INSERT INTO "requests" VALUES(13,0,'say','2026-12-02T09:00:00.000+00:00','Chị Lan','{"text": "Tối nay có văn nghệ.", "at": "2026-12-02T18:00:00+07:00", "title": "Văn nghệ"}','2026-12-02T09:00:00.000+00:00',NULL,NULL,'');
INSERT INTO "requests" VALUES(14,0,'say','2026-12-02T10:01:00.000+00:00','Chị Lan','{"text": "Ai nhặt được ví xin báo công an xã."}',NULL,NULL,NULL,'');
CREATE INDEX occurrences_open ON occurrences (trial, planned_at) WHERE state <> 'ended';
CREATE INDEX occurrences_planned ON occurrences (planned_at);
CREATE INDEX airings_open ON airings (trial) WHERE outcome IS NULL;
CREATE INDEX airings_planned ON airings (planned_at);
CREATE INDEX airings_started ON airings (trial, started_at);
CREATE INDEX requests_open ON requests (trial, id) WHERE ended_at IS NULL;
CREATE INDEX approvals_script ON approvals (script, audio_sha256);
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
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('requests',14);
PRAGMA user_version = 1;
COMMIT;
