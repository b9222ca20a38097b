CREATE TABLE requests (
    id TEXT NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    agent TEXT NOT NULL,
    session TEXT NOT NULL,
    turn TEXT,
    project TEXT,
    runs_in TEXT NOT NULL,
    tool TEXT NOT NULL,
    summary TEXT NOT NULL,
    digest TEXT NOT NULL,
    shown TEXT NOT NULL
) STRICT;
CREATE INDEX requests_order ON requests (at, id);
CREATE INDEX requests_project ON requests (project);
CREATE TABLE decisions (
    request TEXT NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    decision TEXT NOT NULL,
    message TEXT,
    by TEXT NOT NULL,
    rule TEXT,
    waited_ms INTEGER NOT NULL,
    taken INTEGER
) STRICT;
CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    agent TEXT NOT NULL,
    event TEXT NOT NULL,
    session TEXT,
    turn TEXT,
    subagent TEXT,
    role TEXT,
    tool TEXT,
    cwd TEXT,
    prompt TEXT,
    payload TEXT NOT NULL
) STRICT;
CREATE INDEX events_at ON events (at);
CREATE TABLE gaps (
    at INTEGER NOT NULL,
    lost INTEGER NOT NULL
) STRICT;
INSERT INTO requests VALUES
    ('r1', 1, 'codex', 's', NULL, '/p', '/p', 'shell', 'make', 'd', '{}'),
    ('r2', 2, 'codex', 's', 't', NULL, '/p', 'shell', 'make', 'd', '{}');
INSERT INTO decisions VALUES
    ('orphan', 5, 'none', NULL, 'expired', NULL, 1, NULL),
    ('r1', 6, 'deny', 'no', 'person', NULL, 1, 1);
INSERT INTO events VALUES
    (1, 20, 'codex', 'UserPromptSubmit', 's', 't', 'child', 'worker', NULL, '/p', 'build it', '{"a":1}'),
    (3, 30, 'codex', 'Stop', 's', NULL, NULL, NULL, NULL, NULL, NULL, '{"c":3}'),
    (7, 10, 'codex', 'Stop', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"g":7}');
INSERT INTO gaps VALUES (1, 2);
PRAGMA user_version = 4;
