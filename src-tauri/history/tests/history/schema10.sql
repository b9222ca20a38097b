CREATE TABLE decisions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    request TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    decision TEXT NOT NULL,
    message TEXT,
    by TEXT NOT NULL,
    rule TEXT,
    waited_ms INTEGER NOT NULL,
    taken INTEGER
, hook TEXT, rule_about TEXT) STRICT;
INSERT INTO "decisions" VALUES(1,'r1',6,'allow',NULL,'rule','rule-1',1,1,NULL,'make');
CREATE TABLE events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    reported TEXT NOT NULL,
    agent TEXT NOT NULL,
    event TEXT NOT NULL,
    session TEXT,
    turn TEXT,
    subagent TEXT,
    role TEXT,
    tool TEXT,
    cwd TEXT,
    request TEXT,
    prompt TEXT,
    payload TEXT NOT NULL
) STRICT;
INSERT INTO "events" VALUES(1,'e1',20,'closed','codex','PreToolUse','s','t','child','worker','Bash','/p','r1',NULL,'{"a":1}');
INSERT INTO "events" VALUES(2,'e2',30,'live','codex','Stop','s',NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{}');
CREATE TABLE gaps (
    at INTEGER NOT NULL,
    lost INTEGER NOT NULL
) STRICT;
INSERT INTO "gaps" VALUES(1,2);
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
INSERT INTO "requests" VALUES('r1',1,'codex','s',NULL,'/p','/p','shell','make','d','{}');
CREATE TABLE runs (
    event TEXT NOT NULL,
    place INTEGER NOT NULL,
    id TEXT NOT NULL,
    hook TEXT NOT NULL,
    hash TEXT,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    mode TEXT NOT NULL,
    path TEXT NOT NULL,
    status_message TEXT,
    started INTEGER NOT NULL,
    completed INTEGER,
    duration_ms INTEGER,
    status TEXT NOT NULL,
    exit_code INTEGER,
    applied TEXT NOT NULL,
    entries TEXT NOT NULL,
    stdout_bytes INTEGER NOT NULL,
    stderr_bytes INTEGER NOT NULL,
    stdout TEXT NOT NULL,
    stderr TEXT NOT NULL,
    PRIMARY KEY (event, place)
) STRICT;
INSERT INTO "runs" VALUES('e1',0,'pre-tool-use:0:/h.json:call','/h.json:pre_tool_use:0:0','sha256:1','PreToolUse','command','sync','/h.json','looking',21,29,8,'blocked',2,'sent','[["feedback","no"]]',3,5,'out','error');
INSERT INTO "runs" VALUES('e1',1,'pre-tool-use:1:/h.json:call','/h.json:pre_tool_use:0:1',NULL,'PreToolUse','mcpTool','async','/h.json',NULL,21,NULL,NULL,'running',NULL,'nothing','[]',0,0,'','');
INSERT INTO "runs" VALUES('gone',0,'stop:0:/h.json','/h.json:stop:0:0',NULL,'Stop','command','sync','/h.json',NULL,40,41,1,'completed',0,'heldBack','[]',4,0,'done','');
CREATE INDEX requests_order ON requests (at, id);
CREATE INDEX requests_project ON requests (project);
CREATE INDEX decisions_at ON decisions (at);
CREATE INDEX events_at ON events (at);
CREATE INDEX events_session ON events (session, at);
CREATE INDEX runs_started ON runs (started);
CREATE INDEX decisions_rule ON decisions (rule, at) WHERE rule IS NOT NULL;
CREATE INDEX events_request ON events (request) WHERE request IS NOT NULL;
PRAGMA user_version = 10;
