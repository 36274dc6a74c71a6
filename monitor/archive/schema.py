"""The tables and the documented views, as migrations that are applied in order and never changed afterwards."""

from sqlite_utils import Database, Migrations

from crawler.urls import url_key

MIGRATIONS = Migrations("govwatch")

TABLES = """
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
CREATE INDEX announcement_source ON announcement(source, first_seen_at);
CREATE INDEX announcement_text ON announcement(text_sha256);
CREATE INDEX announcement_title ON announcement(source, title_key);
CREATE INDEX announcement_story ON announcement(story_id);
CREATE INDEX announcement_recheck ON announcement(source, recheck_at);
CREATE TABLE announcement_key (
    source TEXT NOT NULL,
    space TEXT NOT NULL CHECK (space IN ('url', 'guid')),
    value TEXT NOT NULL,
    announcement_id INTEGER NOT NULL REFERENCES announcement(id),
    PRIMARY KEY (source, space, value)
) WITHOUT ROWID;
CREATE INDEX announcement_key_of ON announcement_key(announcement_id);
CREATE INDEX announcement_key_value ON announcement_key(value);
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
CREATE INDEX match_announcement ON match(announcement_id);
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
CREATE INDEX alert_due ON alert(state, due_at);
CREATE INDEX alert_announcement ON alert(announcement_id);
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
CREATE INDEX trail_step_url ON trail_step(url_key);
CREATE INDEX trail_step_announcement ON trail_step(announcement_id);
CREATE INDEX trail_step_source ON trail_step(source, at);
CREATE VIRTUAL TABLE search USING fts5(
    title, body, compounds, tokenize = "porter unicode61 remove_diacritics 2"
);
"""

VIEWS = """
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
"""


@MIGRATIONS(name="0001_first")
def create_tables_and_views(database: Database) -> None:
    for statement in _statements(TABLES + VIEWS):
        database.execute(statement)


DELIVERY = """
ALTER TABLE delivery ADD COLUMN kind TEXT NOT NULL DEFAULT 'alerts';
CREATE INDEX delivery_address ON delivery(channel, address, at);
-- a message that is being handed over; a row that is left tells of a process that ended before the answer came
CREATE TABLE handover (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    begun_at TEXT NOT NULL,
    alerts TEXT NOT NULL
);
-- what goes to an address at set times whether or not anything was found: canaries and empty digests
CREATE TABLE appointment (
    kind TEXT NOT NULL CHECK (kind IN ('canary', 'empty')),
    name TEXT NOT NULL,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    schedule TEXT NOT NULL,
    due_at TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    kept_at TEXT,
    last_error TEXT,
    PRIMARY KEY (kind, name, channel, address)
) WITHOUT ROWID;
"""


@MIGRATIONS(name="0003_delivery")
def create_delivery_tables(database: Database) -> None:
    for statement in _statements(DELIVERY):
        database.execute(statement)


@MIGRATIONS(name="0003_bundles")
def note_bundles(database: Database) -> None:
    """Which message an alert was first handed over in, so that it goes out again in that one or in none."""
    database.execute("ALTER TABLE alert ADD COLUMN bundle INTEGER")


@MIGRATIONS(name="0003_broken_addresses")
def note_broken_addresses(database: Database) -> None:
    """The addresses of which operators were told that they take nothing, and what finds those quickly."""
    database.execute("CREATE INDEX delivery_taken ON delivery(channel, address, id) WHERE accepted")
    database.execute("CREATE INDEX delivery_refused ON delivery(channel, address, id) WHERE NOT accepted")
    database.execute(
        "CREATE TABLE broken_address (channel TEXT NOT NULL, address TEXT NOT NULL, reported_at TEXT NOT NULL,"
        " PRIMARY KEY (channel, address)) WITHOUT ROWID"
    )


HEALTH = """
ALTER TABLE source_state ADD COLUMN registered_at TEXT;
ALTER TABLE source_state ADD COLUMN state_since TEXT;
-- how many checks in a row have ended in this state
ALTER TABLE source_state ADD COLUMN state_checks INTEGER NOT NULL DEFAULT 0;
ALTER TABLE source_state ADD COLUMN next_check_why TEXT;
-- when the operators were told that the source is not well, while it is not
ALTER TABLE source_state ADD COLUMN trouble_told_at TEXT;
ALTER TABLE source_state ADD COLUMN late_told_at TEXT;
-- what an entry point said when it was last read whole, so that a 304 cannot make a bad answer a good one
ALTER TABLE entry_point ADD COLUMN rows INTEGER;
ALTER TABLE entry_point ADD COLUMN max_age_s INTEGER;
ALTER TABLE entry_point ADD COLUMN period_s INTEGER;
ALTER TABLE entry_point ADD COLUMN moved_to TEXT;
ALTER TABLE entry_point ADD COLUMN moved_since TEXT;
ALTER TABLE robots ADD COLUMN delay_s REAL;
CREATE TABLE host_rest (
    host TEXT PRIMARY KEY,
    until TEXT NOT NULL,
    status INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE traffic (
    source TEXT NOT NULL REFERENCES source_state(id),
    day TEXT NOT NULL,
    crawls INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    not_modified INTEGER NOT NULL,
    postponed INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (source, day)
) WITHOUT ROWID;
CREATE TABLE job_state (
    name TEXT PRIMARY KEY,
    missed INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    last_at TEXT NOT NULL,
    last_error TEXT NOT NULL,
    is_failing INTEGER NOT NULL
) WITHOUT ROWID;
-- what operators have to hear; it is bundled into one message for each of their addresses, in one transaction
CREATE TABLE notice (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    at TEXT NOT NULL,
    bundled_at TEXT
);
CREATE INDEX notice_bundled ON notice(bundled_at);
CREATE TABLE operator_message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    subject TEXT NOT NULL,
    lines TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('owed', 'sent', 'failed')),
    attempts INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    due_at TEXT NOT NULL,
    sent_at TEXT,
    last_error TEXT
);
CREATE INDEX operator_message_due ON operator_message(state, due_at);
CREATE TABLE daily_reminder (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    schedule TEXT NOT NULL,
    due_at TEXT NOT NULL
);
UPDATE source_state SET state_since = last_checked_at;
DROP VIEW sources;
CREATE VIEW sources AS
SELECT id, name, country, kind, state, last_checked_at, last_new_at, next_check_at, interval_s, last_error, state_since,
       next_check_why
FROM source_state;
"""


@MIGRATIONS(name="0002_health")
def create_health_tables(database: Database) -> None:
    for statement in _statements(HEALTH):
        database.execute(statement)


WATCH_HEALTH = """
-- of which watches operators were told that they want a look, and when last
CREATE TABLE watch_trouble (
    watch TEXT NOT NULL,
    fault TEXT NOT NULL,
    told_at TEXT NOT NULL,
    PRIMARY KEY (watch, fault)
) WITHOUT ROWID;
CREATE INDEX match_moment ON match(watch, baseline, matched_at);
CREATE INDEX alert_owed ON alert(owed_at);
"""


@MIGRATIONS(name="0004_watch_health")
def create_watch_health(database: Database) -> None:
    for statement in _statements(WATCH_HEALTH):
        database.execute(statement)


DECLARED = """
-- what the last crawl of the source went by: a hash of its ways in, and its shortest and longest interval in seconds
ALTER TABLE source_state ADD COLUMN declared_reading TEXT;
ALTER TABLE source_state ADD COLUMN declared_pace TEXT;
"""


@MIGRATIONS(name="0005_declared")
def note_declarations(database: Database) -> None:
    for statement in _statements(DECLARED):
        database.execute(statement)


# Nothing but a query, or such a character in a path, can hold one.
SESSIONS = """
UPDATE OR IGNORE announcement_key SET value = spell_key(value)
 WHERE space = 'url' AND value GLOB '*[?;(]*' AND value <> spell_key(value);
DELETE FROM announcement_key WHERE space = 'url' AND value GLOB '*[?;(]*' AND value <> spell_key(value);
UPDATE OR IGNORE pending SET url_key = spell_key(url_key) WHERE url_key GLOB '*[?;(]*' AND url_key <> spell_key(url_key);
DELETE FROM pending WHERE url_key GLOB '*[?;(]*' AND url_key <> spell_key(url_key);
UPDATE trail_step SET url_key = spell_key(url_key) WHERE url_key GLOB '*[?;(]*' AND url_key <> spell_key(url_key);
"""


@MIGRATIONS(name="0006_sessions")
def forget_sessions(database: Database) -> None:
    """The numbers of sessions and caches no longer belong to the key of an address, so what is known keeps its keys.

    Of several announcements that such a number alone told apart, one has the key from now on.
    """
    database.conn.create_function("spell_key", 1, lambda key: url_key(f"https://{key}"), deterministic=True)
    for statement in _statements(SESSIONS):
        database.execute(statement)


TERM_LIST = """
-- the terms one by one, as a JSON list: one that has a comma cannot be told from two in `terms`, which is for people
ALTER TABLE match ADD COLUMN term_list TEXT NOT NULL DEFAULT '[]';
UPDATE match SET term_list = '[' || replace(json_quote(terms), ', ', '", "') || ']' WHERE terms <> '';
"""


@MIGRATIONS(name="0007_term_list")
def list_terms(database: Database) -> None:
    for statement in _statements(TERM_LIST):
        database.execute(statement)


# What the index held where a word is another one now: the stems of some plurals, and Arabic letters and digits.
RESPELT_STEMS = "buse OR gase OR lense OR biase OR focuse OR surpluse OR caucuse OR prospectuse"
RESPELT_CHARACTERS = "*[\u0660-\u0669\u06a9\u06cc\u06f0-\u06f9]*"


@MIGRATIONS(name="0008_respelt")
def index_respelt_words(database: Database) -> None:
    """Announcements whose words are spelt otherwise in the index now are put into it again."""
    from monitor.archive.search import index_announcement  # noqa: PLC0415 - the matcher, which few that open an archive need

    ids = database.query(
        "SELECT id FROM announcement WHERE id IN (SELECT rowid FROM search WHERE search MATCH ?"
        " UNION SELECT rowid FROM search WHERE title GLOB ? OR body GLOB ?)",
        [RESPELT_STEMS, RESPELT_CHARACTERS, RESPELT_CHARACTERS],
    )
    for row in list(ids):
        index_announcement(database, row["id"])


MIGRATION_NAMES = (
    "0001_first",
    "0003_delivery",
    "0003_bundles",
    "0003_broken_addresses",
    "0002_health",
    "0004_watch_health",
    "0005_declared",
    "0006_sessions",
    "0007_term_list",
    "0008_respelt",
)


def _statements(script: str) -> list[str]:
    """The statements of a script; `executescript` would commit the migration's transaction."""
    return [statement for statement in script.split(";\n") if statement.strip()]
