-- An archive as release 0.1.0 wrote it (schema 0001), with a little of everything in it; tests/test_schema.py upgrades it.
PRAGMA foreign_keys = OFF;
BEGIN;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
CREATE TABLE source_state (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    country TEXT NOT NULL,
    kind TEXT NOT NULL,
    language TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'new',
    last_checked_at TEXT,
    last_ok_at TEXT,
    last_new_at TEXT,
    next_check_at TEXT,
    interval_s INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    last_error TEXT,
    page_through INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE entry_point (
    source TEXT NOT NULL REFERENCES source_state(id),
    url TEXT NOT NULL,
    baseline_done_at TEXT,
    PRIMARY KEY (source, url)
) WITHOUT ROWID;
CREATE TABLE validator (
    source TEXT NOT NULL REFERENCES source_state(id),
    url TEXT NOT NULL,
    etag TEXT,
    last_modified TEXT,
    body_sha256 TEXT,
    read_whole_at TEXT NOT NULL,
    PRIMARY KEY (source, url)
) WITHOUT ROWID;
CREATE TABLE robots (
    origin TEXT PRIMARY KEY,
    status INTEGER NOT NULL,
    body TEXT,
    fetched_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE story (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    lead_announcement_id INTEGER,
    first_seen_at TEXT NOT NULL
);
CREATE TABLE announcement (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL REFERENCES source_state(id),
    story_id INTEGER NOT NULL REFERENCES story(id),
    url TEXT NOT NULL,
    title TEXT NOT NULL,
    title_key TEXT NOT NULL,
    author TEXT,
    language TEXT,
    published_on TEXT,
    published_at TEXT,
    date_source TEXT,
    first_seen_at TEXT NOT NULL,
    last_listed_at TEXT,
    summary TEXT,
    version INTEGER NOT NULL,
    text_sha256 TEXT,
    text_state TEXT NOT NULL,
    state TEXT NOT NULL,
    baseline INTEGER NOT NULL,
    row TEXT NOT NULL,
    etag TEXT,
    last_modified TEXT,
    body_sha256 TEXT,
    recheck_at TEXT
);
CREATE TABLE announcement_key (
    source TEXT NOT NULL,
    space TEXT NOT NULL CHECK (space IN ('url', 'guid')),
    value TEXT NOT NULL,
    announcement_id INTEGER NOT NULL REFERENCES announcement(id),
    PRIMARY KEY (source, space, value)
) WITHOUT ROWID;
CREATE TABLE version (
    announcement_id INTEGER NOT NULL REFERENCES announcement(id),
    version INTEGER NOT NULL,
    seen_at TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT,
    text_sha256 TEXT,
    PRIMARY KEY (announcement_id, version)
) WITHOUT ROWID;
CREATE TABLE pending (
    source TEXT NOT NULL REFERENCES source_state(id),
    url_key TEXT NOT NULL,
    row TEXT NOT NULL,
    loss TEXT NOT NULL,
    detail TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    first_lost_at TEXT NOT NULL,
    next_attempt_at TEXT,
    baseline INTEGER NOT NULL,
    announcement_id INTEGER REFERENCES announcement(id),
    PRIMARY KEY (source, url_key)
) WITHOUT ROWID;
CREATE TABLE watch_state (
    name TEXT PRIMARY KEY,
    meaning TEXT NOT NULL,
    matched_since TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE match (
    watch TEXT NOT NULL,
    announcement_id INTEGER NOT NULL REFERENCES announcement(id),
    version INTEGER NOT NULL,
    matched_at TEXT NOT NULL,
    terms TEXT NOT NULL,
    snippet TEXT NOT NULL,
    snippet_parts TEXT NOT NULL,
    in_title INTEGER NOT NULL,
    baseline INTEGER NOT NULL,
    PRIMARY KEY (watch, announcement_id)
) WITHOUT ROWID;
CREATE TABLE alert (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    watch TEXT NOT NULL,
    story_id INTEGER NOT NULL REFERENCES story(id),
    announcement_id INTEGER NOT NULL REFERENCES announcement(id),
    version INTEGER NOT NULL,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('owed', 'sent', 'failed', 'held')),
    attempts INTEGER NOT NULL DEFAULT 0,
    owed_at TEXT NOT NULL,
    due_at TEXT NOT NULL,
    sent_at TEXT,
    last_error TEXT,
    -- each story once per watch and address, whatever crashed in between
    UNIQUE (watch, story_id, channel, address)
);
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    at TEXT NOT NULL,
    accepted INTEGER NOT NULL,
    detail TEXT NOT NULL,
    alerts TEXT NOT NULL
);
CREATE TABLE trail_step (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    url TEXT NOT NULL,
    url_key TEXT NOT NULL,
    stage TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    first_at TEXT NOT NULL,
    at TEXT NOT NULL,
    times INTEGER NOT NULL DEFAULT 1,
    announcement_id INTEGER REFERENCES announcement(id)
);
CREATE VIRTUAL TABLE search USING fts5(
    title, body, compounds, tokenize = "porter unicode61 remove_diacritics 2"
);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX announcement_source ON announcement(source, first_seen_at);
CREATE INDEX announcement_text ON announcement(text_sha256);
CREATE INDEX announcement_title ON announcement(source, title_key);
CREATE INDEX announcement_story ON announcement(story_id);
CREATE INDEX announcement_recheck ON announcement(source, recheck_at);
CREATE INDEX announcement_key_of ON announcement_key(announcement_id);
CREATE INDEX announcement_key_value ON announcement_key(value);
CREATE INDEX match_announcement ON match(announcement_id);
CREATE INDEX alert_due ON alert(state, due_at);
CREATE INDEX alert_announcement ON alert(announcement_id);
CREATE INDEX trail_step_url ON trail_step(url_key);
CREATE INDEX trail_step_announcement ON trail_step(announcement_id);
CREATE INDEX trail_step_source ON trail_step(source, at);
CREATE VIEW announcements AS
SELECT a.id, a.source, s.country, s.kind, a.language, a.url, a.title, a.author, a.published_on, a.published_at,
       a.date_source, a.first_seen_at, v.text, a.summary, a.story_id, a.version, a.state, a.baseline
FROM announcement AS a
JOIN source_state AS s ON s.id = a.source
JOIN version AS v ON v.announcement_id = a.id AND v.version = a.version;
CREATE VIEW versions AS
SELECT announcement_id, version, seen_at, title, text, text_sha256 FROM version;
CREATE VIEW stories AS
SELECT s.id, s.title, s.lead_announcement_id, s.first_seen_at,
       count(a.id) AS announcements, count(DISTINCT a.source) AS sources
FROM story AS s JOIN announcement AS a ON a.story_id = s.id
GROUP BY s.id;
CREATE VIEW matches AS
SELECT watch, announcement_id, version, matched_at, terms, snippet, baseline FROM match;
CREATE VIEW alerts AS
SELECT id, watch, story_id, announcement_id, channel, state, attempts, owed_at, sent_at, last_error FROM alert;
CREATE VIEW sources AS
SELECT id, name, country, kind, state, last_checked_at, last_new_at, next_check_at, interval_s, last_error
FROM source_state;
CREATE VIEW trail AS
SELECT at, source, url, stage, outcome, reason FROM trail_step;
INSERT INTO "_sqlite_migrations" (id, migration_set, name, applied_at) VALUES (1, 'govwatch', '0001_first', '2026-11-24 04:26:31.528301+00:00');
INSERT INTO "source_state" (id, name, country, kind, language, enabled, state, last_checked_at, last_ok_at, last_new_at, next_check_at, interval_s, failures, last_error, page_through) VALUES ('gb-blog', 'A blog', 'GB', 'government-blog', 'en', 1, 'ok', '2026-03-02T15:00:00.000Z', '2026-03-02T15:00:00.000Z', '2026-03-02T13:00:00.000Z', '2026-03-02T15:30:00.000Z', 1800, 0, NULL, 0);
INSERT INTO "source_state" (id, name, country, kind, language, enabled, state, last_checked_at, last_ok_at, last_new_at, next_check_at, interval_s, failures, last_error, page_through) VALUES ('gb-press', 'The press', 'GB', 'trade-press', 'en', 1, 'ok', '2026-03-02T14:00:00.000Z', '2026-03-02T14:00:00.000Z', '2026-03-02T14:00:00.000Z', '2026-03-02T14:30:00.000Z', 1800, 0, NULL, 0);
INSERT INTO "entry_point" (source, url, baseline_done_at) VALUES ('gb-blog', 'https://example.org/feed', '2026-03-02T12:00:00.000Z');
INSERT INTO "entry_point" (source, url, baseline_done_at) VALUES ('gb-press', 'https://example.org/feed', '2026-03-02T14:00:00.000Z');
INSERT INTO "validator" (source, url, etag, last_modified, body_sha256, read_whole_at) VALUES ('gb-blog', 'https://example.org/feed', '"e"', NULL, 'b', '2026-03-02T15:00:00.000Z');
INSERT INTO "validator" (source, url, etag, last_modified, body_sha256, read_whole_at) VALUES ('gb-press', 'https://example.org/feed', '"e"', NULL, 'b', '2026-03-02T14:00:00.000Z');
INSERT INTO "robots" (origin, status, body, fetched_at) VALUES ('https://example.org', 200, 'User-agent: *
Crawl-delay: 5
', '2026-03-02T12:00:00.000Z');
INSERT INTO "story" (id, title, lead_announcement_id, first_seen_at) VALUES (1, 'An announcement under /a', 1, '2026-03-02T12:00:00.000Z');
INSERT INTO "story" (id, title, lead_announcement_id, first_seen_at) VALUES (2, 'An announcement under /b', 2, '2026-03-02T12:00:00.000Z');
INSERT INTO "story" (id, title, lead_announcement_id, first_seen_at) VALUES (3, '“Zürich”; a title with ''quotes''', 3, '2026-03-02T13:00:00.000Z');
INSERT INTO "story" (id, title, lead_announcement_id, first_seen_at) VALUES (4, 'An announcement under /d', 4, '2026-03-02T14:00:00.000Z');
INSERT INTO "announcement" (id, source, story_id, url, title, title_key, author, language, published_on, published_at, date_source, first_seen_at, last_listed_at, summary, version, text_sha256, text_state, state, baseline, row, etag, last_modified, body_sha256, recheck_at) VALUES (1, 'gb-blog', 1, 'https://example.org/a', 'An announcement under /a', 'an announcement under a', NULL, 'en', '2026-03-01', NULL, 'feed', '2026-03-02T12:00:00.000Z', '2026-03-02T15:00:00.000Z', NULL, 3, '437c8388cb7a02070259abf577c3f404e197d2f89eed38dbccb0e88db0b484ea', 'page', 'current', 1, '{"url": "https://example.org/a", "entry_point": "https://example.org/feed", "way": "feed", "title": "An announcement under /a", "summary": null, "author": null, "guid": null, "published": {"at": null, "on": null, "source": null}, "updated_at": null, "language": null, "content_html": null, "fingerprint": "f"}', '"1"', NULL, '0', '2026-03-03T18:43:12.000Z');
INSERT INTO "announcement" (id, source, story_id, url, title, title_key, author, language, published_on, published_at, date_source, first_seen_at, last_listed_at, summary, version, text_sha256, text_state, state, baseline, row, etag, last_modified, body_sha256, recheck_at) VALUES (2, 'gb-blog', 2, 'https://example.org/b', 'An announcement under /b', 'an announcement under b', NULL, 'en', NULL, NULL, NULL, '2026-03-02T12:00:00.000Z', '2026-03-02T12:00:00.000Z', NULL, 1, '0b09962551d51bc21c282796b424988c3eb3de2c911057ff4d34f1d0edc5350f', 'page', 'current', 1, '{"url": "https://example.org/b", "entry_point": "https://example.org/feed", "way": "feed", "title": "An announcement under /b", "summary": null, "author": null, "guid": null, "published": {"at": null, "on": null, "source": null}, "updated_at": null, "language": null, "content_html": null, "fingerprint": "f"}', '"1"', NULL, '0', '2026-03-03T15:50:24.000Z');
INSERT INTO "announcement" (id, source, story_id, url, title, title_key, author, language, published_on, published_at, date_source, first_seen_at, last_listed_at, summary, version, text_sha256, text_state, state, baseline, row, etag, last_modified, body_sha256, recheck_at) VALUES (3, 'gb-blog', 3, 'https://example.org/c', '“Zürich”; a title with ''quotes''', 'zurich a title with quotes', NULL, 'en', '2026-03-01', NULL, 'feed', '2026-03-02T13:00:00.000Z', '2026-03-02T13:00:00.000Z', NULL, 1, 'a9fd75fc25b7e8ccd239aeca5edf35c2d3df844ee2cd7d66ccf4414d2a1d66b4', 'page', 'current', 0, '{"url": "https://example.org/c", "entry_point": "https://example.org/feed", "way": "feed", "title": "“Zürich”; a title with ''quotes''", "summary": null, "author": null, "guid": null, "published": {"at": null, "on": null, "source": null}, "updated_at": null, "language": null, "content_html": null, "fingerprint": "f"}', '"1"', NULL, '0', '2026-03-03T16:57:36.000Z');
INSERT INTO "announcement" (id, source, story_id, url, title, title_key, author, language, published_on, published_at, date_source, first_seen_at, last_listed_at, summary, version, text_sha256, text_state, state, baseline, row, etag, last_modified, body_sha256, recheck_at) VALUES (4, 'gb-press', 4, 'https://example.org/d', 'An announcement under /d', 'an announcement under d', NULL, 'en', '2026-03-01', NULL, 'feed', '2026-03-02T14:00:00.000Z', '2026-03-02T14:00:00.000Z', NULL, 1, NULL, 'missing', 'current', 1, '{"url": "https://example.org/d", "entry_point": "https://example.org/feed", "way": "feed", "title": "An announcement under /d", "summary": null, "author": null, "guid": null, "published": {"at": null, "on": null, "source": null}, "updated_at": null, "language": null, "content_html": null, "fingerprint": "f"}', '"1"', NULL, '0', '2026-03-03T18:04:48.000Z');
INSERT INTO "announcement_key" (source, space, value, announcement_id) VALUES ('gb-blog', 'url', 'example.org/a', 1);
INSERT INTO "announcement_key" (source, space, value, announcement_id) VALUES ('gb-blog', 'url', 'example.org/b', 2);
INSERT INTO "announcement_key" (source, space, value, announcement_id) VALUES ('gb-blog', 'url', 'example.org/c', 3);
INSERT INTO "announcement_key" (source, space, value, announcement_id) VALUES ('gb-press', 'url', 'example.org/d', 4);
INSERT INTO "version" (announcement_id, version, seen_at, title, text, text_sha256) VALUES (1, 1, '2026-03-02T12:00:00.000Z', 'An announcement under /a', '/a The two governments signed a memorandum of understanding on digital services, and will share what they learn. The two governments signed a memorandum of understanding on digital services, and will share what they learn. The two governments signed a memorandum of understanding on digital services, and will share what they learn. The two governments signed a memorandum of understanding on digital services, and will share what they learn. The two governments signed a memorandum of understanding on digital services, and will share what they learn. The two governments signed a memorandum of understanding on digital services, and will share what they learn. ', '437c8388cb7a02070259abf577c3f404e197d2f89eed38dbccb0e88db0b484ea');
INSERT INTO "version" (announcement_id, version, seen_at, title, text, text_sha256) VALUES (1, 2, '2026-03-02T13:00:00.000Z', 'An announcement under /a', '/a The two governments signed a memorandum of understanding on digital services, and will share what they learn. The two governments signed a memorandum of understanding on digital services, and will share what they learn. The two governments signed a memorandum of understanding on digital services, and will share what they learn. The two governments signed a memorandum of understanding on digital services, and will share what they learn. The two governments signed a memorandum of understanding on digital services, and will share what they learn. The two governments signed a memorandum of understanding on digital services, and will share what they learn.  And more.', '2cd977850199879306e2076309b415cb53fc2853e1962e02e070ab09f68f385d');
INSERT INTO "version" (announcement_id, version, seen_at, title, text, text_sha256) VALUES (1, 3, '2026-03-02T15:00:00.000Z', 'An announcement under /a', '/a The two governments signed a memorandum of understanding on digital services, and will share what they learn. The two governments signed a memorandum of understanding on digital services, and will share what they learn. The two governments signed a memorandum of understanding on digital services, and will share what they learn. The two governments signed a memorandum of understanding on digital services, and will share what they learn. The two governments signed a memorandum of understanding on digital services, and will share what they learn. The two governments signed a memorandum of understanding on digital services, and will share what they learn. ', '437c8388cb7a02070259abf577c3f404e197d2f89eed38dbccb0e88db0b484ea');
INSERT INTO "version" (announcement_id, version, seen_at, title, text, text_sha256) VALUES (2, 1, '2026-03-02T12:00:00.000Z', 'An announcement under /b', '/b The two governments signed a memorandum of understanding on digital services, and will share what they learn. The two governments signed a memorandum of understanding on digital services, and will share what they learn. The two governments signed a memorandum of understanding on digital services, and will share what they learn. The two governments signed a memorandum of understanding on digital services, and will share what they learn. The two governments signed a memorandum of understanding on digital services, and will share what they learn. The two governments signed a memorandum of understanding on digital services, and will share what they learn. ', '0b09962551d51bc21c282796b424988c3eb3de2c911057ff4d34f1d0edc5350f');
INSERT INTO "version" (announcement_id, version, seen_at, title, text, text_sha256) VALUES (3, 1, '2026-03-02T13:00:00.000Z', '“Zürich”; a title with ''quotes''', '/c The two governments signed a memorandum of understanding on digital services, and will share what they learn. The two governments signed a memorandum of understanding on digital services, and will share what they learn. The two governments signed a memorandum of understanding on digital services, and will share what they learn. The two governments signed a memorandum of understanding on digital services, and will share what they learn. The two governments signed a memorandum of understanding on digital services, and will share what they learn. The two governments signed a memorandum of understanding on digital services, and will share what they learn. ', 'a9fd75fc25b7e8ccd239aeca5edf35c2d3df844ee2cd7d66ccf4414d2a1d66b4');
INSERT INTO "version" (announcement_id, version, seen_at, title, text, text_sha256) VALUES (4, 1, '2026-03-02T14:00:00.000Z', 'An announcement under /d', NULL, NULL);
INSERT INTO "pending" (source, url_key, row, loss, detail, attempts, first_lost_at, next_attempt_at, baseline, announcement_id) VALUES ('gb-blog', 'example.org/e', '{"url":"https://example.org/e","entry_point":"https://example.org/feed","way":"feed","title":"E","summary":null,"author":null,"guid":null,"published":{"at":null,"on":null,"source":null},"updated_at":null,"language":null,"content_html":null,"fingerprint":"f"}', 'timed out', 'no answer within 30 s', 1, '2026-03-02T15:00:00.000Z', '2026-03-02T15:10:00.000Z', 0, NULL);
INSERT INTO "pending" (source, url_key, row, loss, detail, attempts, first_lost_at, next_attempt_at, baseline, announcement_id) VALUES ('gb-press', 'example.org/d', '{"url":"https://example.org/d","entry_point":"https://example.org/feed","way":"feed","title":"An announcement under /d","summary":null,"author":null,"guid":null,"published":{"at":null,"on":null,"source":null},"updated_at":null,"language":null,"content_html":null,"fingerprint":"f"}', 'unreadable', 'no text found', 1, '2026-03-02T14:00:00.000Z', '2026-03-02T14:10:00.000Z', 1, 4);
INSERT INTO "watch_state" (name, meaning, matched_since) VALUES ('Agreements', 'x', '2026-03-02T12:00:00.000Z');
INSERT INTO "match" (watch, announcement_id, version, matched_at, terms, snippet, snippet_parts, in_title, baseline) VALUES ('Agreements', 1, 1, '2026-03-02T12:00:00.000Z', 'memorandum of understanding', '/a The two governments signed a memorandum of understanding on digital services, and will share what they learn.', '[["/a The two governments signed a ", false], ["memorandum of understanding", true], [" on digital services, and will share what they learn.", false]]', 0, 1);
INSERT INTO "match" (watch, announcement_id, version, matched_at, terms, snippet, snippet_parts, in_title, baseline) VALUES ('Agreements', 2, 1, '2026-03-02T12:00:00.000Z', 'memorandum of understanding', '/b The two governments signed a memorandum of understanding on digital services, and will share what they learn.', '[["/b The two governments signed a ", false], ["memorandum of understanding", true], [" on digital services, and will share what they learn.", false]]', 0, 1);
INSERT INTO "match" (watch, announcement_id, version, matched_at, terms, snippet, snippet_parts, in_title, baseline) VALUES ('Agreements', 3, 1, '2026-03-02T13:00:00.000Z', 'memorandum of understanding', '/c The two governments signed a memorandum of understanding on digital services, and will share what they learn.', '[["/c The two governments signed a ", false], ["memorandum of understanding", true], [" on digital services, and will share what they learn.", false]]', 0, 0);
INSERT INTO "alert" (id, watch, story_id, announcement_id, version, channel, address, state, attempts, owed_at, due_at, sent_at, last_error) VALUES (1, 'Agreements', 3, 3, 1, 'team', '00000000', 'sent', 1, '2026-03-02T13:00:00.000Z', '2026-03-02T13:00:00.000Z', '2026-03-02T13:00:00.000Z', NULL);
INSERT INTO "delivery" (id, channel, address, at, accepted, detail, alerts) VALUES (1, 'team', '00000000', '2026-03-02T13:00:05.000Z', 1, 'accepted', '[1]');
INSERT INTO "trail_step" (id, source, url, url_key, stage, outcome, reason, first_at, at, times, announcement_id) VALUES (1, 'gb-blog', 'https://example.org/feed', 'example.org/feed', 'discover', 'read', '2 rows', '2026-03-02T12:00:00.000Z', '2026-03-02T15:00:00.000Z', 3, NULL);
INSERT INTO "trail_step" (id, source, url, url_key, stage, outcome, reason, first_at, at, times, announcement_id) VALUES (2, 'gb-blog', 'https://example.org/a', 'example.org/a', 'file', 'filed as baseline', 'never seen under any of its addresses', '2026-03-02T12:00:00.000Z', '2026-03-02T12:00:00.000Z', 1, 1);
INSERT INTO "trail_step" (id, source, url, url_key, stage, outcome, reason, first_at, at, times, announcement_id) VALUES (3, 'gb-blog', 'https://example.org/b', 'example.org/b', 'file', 'filed as baseline', 'never seen under any of its addresses', '2026-03-02T12:00:00.000Z', '2026-03-02T12:00:00.000Z', 1, 2);
INSERT INTO "trail_step" (id, source, url, url_key, stage, outcome, reason, first_at, at, times, announcement_id) VALUES (4, 'gb-blog', 'https://example.org/a', 'example.org/a', 'file', 'filed as version 2', 'the text was changed', '2026-03-02T13:00:00.000Z', '2026-03-02T13:00:00.000Z', 1, 1);
INSERT INTO "trail_step" (id, source, url, url_key, stage, outcome, reason, first_at, at, times, announcement_id) VALUES (5, 'gb-blog', 'https://example.org/c', 'example.org/c', 'file', 'filed', 'never seen under any of its addresses', '2026-03-02T13:00:00.000Z', '2026-03-02T13:00:00.000Z', 1, 3);
INSERT INTO "trail_step" (id, source, url, url_key, stage, outcome, reason, first_at, at, times, announcement_id) VALUES (6, 'gb-press', 'https://example.org/feed', 'example.org/feed', 'discover', 'read', '1 rows', '2026-03-02T14:00:00.000Z', '2026-03-02T14:00:00.000Z', 1, NULL);
INSERT INTO "trail_step" (id, source, url, url_key, stage, outcome, reason, first_at, at, times, announcement_id) VALUES (7, 'gb-press', 'https://example.org/d', 'example.org/d', 'file', 'filed as baseline', 'never seen under any of its addresses; by its title alone, the page: unreadable (no text found)', '2026-03-02T14:00:00.000Z', '2026-03-02T14:00:00.000Z', 1, 4);
INSERT INTO "trail_step" (id, source, url, url_key, stage, outcome, reason, first_at, at, times, announcement_id) VALUES (8, 'gb-blog', 'https://example.org/a', 'example.org/a', 'file', 'filed as version 3', 'the text was changed', '2026-03-02T15:00:00.000Z', '2026-03-02T15:00:00.000Z', 1, 1);
INSERT INTO "trail_step" (id, source, url, url_key, stage, outcome, reason, first_at, at, times, announcement_id) VALUES (9, 'gb-blog', 'https://example.org/e', 'example.org/e', 'fetch', 'timed out', 'no answer within 30 s; will be tried again', '2026-03-02T15:00:00.000Z', '2026-03-02T15:00:00.000Z', 1, NULL);
INSERT INTO "search" (rowid, title, body, compounds) VALUES (1, 'an announcement under a', 'a the two government signed a memorandum of understanding on digital service and will share what they learn the two government signed a memorandum of understanding on digital service and will share what they learn the two government signed a memorandum of understanding on digital service and will share what they learn the two government signed a memorandum of understanding on digital service and will share what they learn the two government signed a memorandum of understanding on digital service and will share what they learn the two government signed a memorandum of understanding on digital service and will share what they learn', 'annou0 digit0 gover0 learn0 memor0 servi0 share0 signe0 under0');
INSERT INTO "search" (rowid, title, body, compounds) VALUES (2, 'an announcement under b', 'b the two government signed a memorandum of understanding on digital service and will share what they learn the two government signed a memorandum of understanding on digital service and will share what they learn the two government signed a memorandum of understanding on digital service and will share what they learn the two government signed a memorandum of understanding on digital service and will share what they learn the two government signed a memorandum of understanding on digital service and will share what they learn the two government signed a memorandum of understanding on digital service and will share what they learn', 'annou0 digit0 gover0 learn0 memor0 servi0 share0 signe0 under0');
INSERT INTO "search" (rowid, title, body, compounds) VALUES (3, 'zurich a title with quote', 'c the two government signed a memorandum of understanding on digital service and will share what they learn the two government signed a memorandum of understanding on digital service and will share what they learn the two government signed a memorandum of understanding on digital service and will share what they learn the two government signed a memorandum of understanding on digital service and will share what they learn the two government signed a memorandum of understanding on digital service and will share what they learn the two government signed a memorandum of understanding on digital service and will share what they learn', 'digit0 gover0 learn0 memor0 quote0 servi0 share0 signe0 title0 under0 zuric0');
INSERT INTO "search" (rowid, title, body, compounds) VALUES (4, 'an announcement under d', '', 'annou0 under0');
UPDATE sqlite_sequence SET seq = 1 WHERE name = 'alert';
COMMIT;
