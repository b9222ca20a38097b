// Generated from src-tauri/api/src/dto.rs by `cargo xtask gen`. Do not edit.

export type Piece = { "kind": "text", text: string, } | { "kind": "mark", label: string, name: string, } | { "kind": "fold", text: string, count: number, of: Folded, };

export type Folded = "blanks" | "lineBreaks";

export type Card = { id: string, 
/**
 * Over everything in `shown`. A decision names it.
 */
digest: string, shown: Shown, 
/**
 * Milliseconds since the Unix epoch.
 */
receivedAt: string, 
/**
 * Milliseconds since the Unix epoch: then the request goes back to the agent. Null: it waits as long as the agent's terminal does.
 */
deadlineAt: string | null, };

export type Shown = { agent: string, 
/**
 * The agent's own name.
 */
agentTitle: string, session: string, 
/**
 * The role of the subagent that asks.
 */
subagent: Array<Piece> | null, 
/**
 * The session's folder; null where it is not known.
 */
project: Array<Piece> | null, 
/**
 * The last part of `project`.
 */
projectName: Array<Piece> | null, runsIn: Array<Piece>, 
/**
 * `runs_in` is neither the project nor below it.
 */
runsOutside: boolean, action: ActionView, 
/**
 * The agent's words.
 */
said: Array<Piece> | null, 
/**
 * The person's last prompt of this turn.
 */
asked: Array<Piece> | null, reviewer: ReviewerView, approvalPolicy: string | null, 
/**
 * Hosted hooks that would allow it, though their word does not count.
 */
advice: Array<AdviceView>, 
/**
 * What of it deserves a second look.
 */
hints: Array<HintView>, 
/**
 * The simple commands of a shell line, where there is more than one.
 */
steps: Array<StepView>, 
/**
 * What *Allow for this session* would allow, where a rule can say that.
 */
sessionRule: Array<Piece> | null, 
/**
 * The agent's terminal asks the same, and whoever answers first wins. These answers it takes, in its order; none of them: it is
 * answered in the terminal alone. Null: a hook asks, which takes allow and deny.
 */
offers: Array<OfferView> | null, 
/**
 * How long it takes before it can be allowed.
 */
armingMs: number, };

export type AdviceView = { 
/**
 * Its status message, or the first line of what it runs.
 */
hook: Array<Piece>, 
/**
 * Why its word does not count.
 */
grant: GrantView, };

export type StepView = { text: Array<Piece>, 
/**
 * Why no rule can allow it: the last part of `step.obscured.<code>`.
 */
obscured: string | null, };

export type HintView = { 
/**
 * The last part of `risk.<code>`.
 */
code: string, 
/**
 * The words that say so.
 */
words: Array<Piece>, 
/**
 * The place in `steps`; null: the whole request.
 */
step: number | null, 
/**
 * It takes longer before it can be allowed.
 */
high: boolean, };

export type OfferView = { 
/**
 * The last part of `offer.<code>` and `offer.<code>.effect`.
 */
code: string, 
/**
 * What it is about besides the request: the first words of commands, a host.
 */
about: Array<Piece> | null, effect: OfferEffect, };

export type OfferEffect = "allows" | "refuses" | "unknown";

export type ReviewerView = "user" | "autoReview" | "other" | "unknown";

export type ActionView = { "kind": "shell", command: Array<Piece>, } | { "kind": "network", target: Array<Piece>, command: Array<Piece>, } | { "kind": "patch", files: Array<FileView>, text: Array<Piece>, } | { "kind": "mcp", server: Array<Piece>, tool: Array<Piece>, arguments: Array<Pair>, } | { "kind": "stdin", chars: Array<Piece>, process: Array<Piece> | null, cwd: Array<Piece> | null, details: Array<Pair>, } | { "kind": "permissions", reason: Array<Piece> | null, permissions: Array<Piece>, } | { "kind": "unknown", tool: Array<Piece>, input: Array<Piece>, };

export type Pair = { name: Array<Piece>, value: Array<Piece>, };

export type FileView = { path: Array<Piece>, change: ChangeView, 
/**
 * Set for `move`.
 */
to: Array<Piece> | null, 
/**
 * What is put into it is hardly text.
 */
binary: boolean, lines: Array<LineView>, added: number, removed: number, };

export type ChangeView = "add" | "delete" | "update" | "move" | "write";

export type LineView = { kind: LineKindView, text: Array<Piece>, };

export type LineKindView = "hunk" | "context" | "added" | "removed";

export type Choice = { "kind": "allow" } | { "kind": "allowSession" } | { "kind": "deny", message: string, } | { "kind": "leave" } | { "kind": "offered", place: number, message?: string, };

export type Outcome = { decision: DecisionView, by: ByView, 
/**
 * Milliseconds since the Unix epoch.
 */
at: string, waitedMs: string, 
/**
 * The message of a deny.
 */
message: string | null, 
/**
 * The key of the hosted hook that decided.
 */
hook: Array<Piece> | null, 
/**
 * The rule that decided.
 */
rule: RuleRef | null, 
/**
 * Which of the agent's own answers was chosen: its `code` on the card. Where `taken` is *no*, it did not count.
 */
offered: string | null, };

export type DecisionView = "allow" | "deny" | "none";

export type ByView = "person" | "rule" | "hook" | "expired" | "withdrawn" | "paused" | "quit" | "lost" | "unattended" | "reviewer" | "terminal";

export type Taken = "waiting" | "yes" | "no";

export type Past = { id: string, at: string, agent: string, agentTitle: string, session: string, project: Array<Piece> | null, tool: string, 
/**
 * The first line of what was asked.
 */
summary: Array<Piece>, outcome: Outcome | null, taken: Taken, 
/**
 * `live`, or `imported`.
 */
reported: ReportedView, };

export type PastFilter = { 
/**
 * Words that must all occur in what was asked, the project or the deny message.
 */
text: string, decision: DecisionView | null, by: ByView | null, agent: string | null, project: string | null, 
/**
 * The id of the rule that decided.
 */
rule: string | null, };

export type PastPage = { rows: Array<Past>, 
/**
 * Pass it back to get older rows; null at the end.
 */
next: string | null, 
/**
 * Every project that occurs in the history, for the filter.
 */
projects: Array<string>, };

export type PastDetail = { 
/**
 * Of what was shown.
 */
digest: string, 
/**
 * What the agent reported of it afterwards; null: nothing was seen.
 */
result: ResultView | null, };

export type ResultView = { 
/**
 * The id of the agent's event.
 */
event: string, 
/**
 * Milliseconds since the Unix epoch.
 */
at: string, 
/**
 * The first lines of what the tool gave back.
 */
text: Array<Piece>, 
/**
 * There is more of it.
 */
cut: boolean, };

export type Note = { 
/**
 * Key of the catalogue: `note.<code>.text` and `note.<code>.hint`.
 */
code: string, 
/**
 * Technical detail, as the system said it.
 */
detail: string, };

export type Paused = { 
/**
 * Milliseconds since the Unix epoch; null: until resumed.
 */
until: string | null, };

export type Snapshot = { seq: string, version: string, waiting: Array<Card>, paused: Paused | null, notes: Array<Note>, 
/**
 * The waiting request that a person picked last.
 */
picked: string | null, 
/**
 * The request from which a person wants to make a rule in the main window.
 */
ruleAsked: string | null, 
/**
 * The person wants to quit while requests wait, and has not said yet what becomes of them.
 */
quitAsked: boolean, 
/**
 * How many rules allow something now.
 */
allowRules: number, settings: SettingsView, };

export type Update = { seq: string, at: string, change: ChangeOf, };

export type ChangeOf = { "kind": "requestOpened", card: Card, } | { "kind": "requestEnded", id: string, outcome: Outcome, } | { "kind": "replyTaken", id: string, taken: Taken, } | { "kind": "hooksRan", event: string, } | { "kind": "pauseChanged", paused: Paused | null, } | { "kind": "notesChanged", notes: Array<Note>, } | { "kind": "rulesChanged", allowRules: number, } | { "kind": "settingsChanged", settings: SettingsView, } | { "kind": "rearmed", window: Surface, } | { "kind": "requestPicked", id: string, } | { "kind": "attachedChanged" } | { "kind": "ruleAsked", id: string, } | { "kind": "quitAsked", waiting: number, };

export type EventView = { id: string, 
/**
 * Milliseconds since the Unix epoch.
 */
at: string, agent: string, 
/**
 * The agent's own name.
 */
agentTitle: string, 
/**
 * The agent's own name of the event, such as `PreToolUse`.
 */
event: Array<Piece>, session: string | null, turn: string | null, 
/**
 * The role of the subagent in which it happened.
 */
subagent: Array<Piece> | null, tool: Array<Piece> | null, 
/**
 * What the payload calls the working directory.
 */
folder: Array<Piece> | null, 
/**
 * The last part of `folder`.
 */
folderName: Array<Piece> | null, 
/**
 * The first line of what it is about: the command, the file, the prompt. Empty where there is none.
 */
gist: Array<Piece>, reported: ReportedView, 
/**
 * The permission request that it opened.
 */
request: string | null, };

export type ReportedView = "live" | "whileClosed" | "imported";

export type LiveSnapshot = { seq: string, events: Array<EventView>, 
/**
 * Runs of agents' own hooks, in the order in which they began.
 */
recorded: Array<RecordedView>, };

export type LiveUpdate = { seq: string, events: Array<EventView>, 
/**
 * Runs of agents' own hooks that began or ended. One that is known already takes the place of what was known.
 */
recorded: Array<RecordedView>, };

export type RecordedView = { 
/**
 * The same while it runs and when it has ended.
 */
id: string, 
/**
 * *Told*: what it read and wrote is not known.
 */
from: RunFromView, agent: string, agentTitle: string, session: string | null, turn: string | null, 
/**
 * The agent's own name of the event.
 */
event: Array<Piece>, tool: Array<Piece> | null, 
/**
 * The first line of the hook's own command; of a hook that is not configured what the agent calls the run.
 */
command: Array<Piece>, 
/**
 * Whether a hook file has this command. Otherwise the run was made up, or the file was changed since.
 */
configured: boolean, reported: ReportedView, run: RunView, };

export type EventDetail = { event: EventView, 
/**
 * The payload, indented where it is JSON. At most the first 200,000 characters.
 */
payload: Array<Piece>, 
/**
 * There is more of it than `payload` holds.
 */
cut: boolean, 
/**
 * The hosted hooks that ran for it, in configured order.
 */
runs: Array<RunView>, };

export type AgentView = { agent: string, title: string, 
/**
 * Null: the program was not found.
 */
program: ProgramView | null, 
/**
 * The agent's own folder, for Codex `CODEX_HOME`.
 */
home: Array<Piece>, 
/**
 * The file that has our entries, or would get them.
 */
file: Array<Piece>, connection: ConnectionView, trust: TrustView, 
/**
 * Where we are a client of its server: one for each of its folders that is watched.
 */
attached: Array<AttachedView>, 
/**
 * Every event we would have an entry for.
 */
entries: Array<EntryView>, 
/**
 * Open sessions that began before the entries were there and still lack them.
 */
lacking: Array<OpenSession>, 
/**
 * Milliseconds since the Unix epoch.
 */
lastEventAt: string | null, problems: Array<Problem>, };

export type ProgramView = { path: Array<Piece>, 
/**
 * Null: it did not say.
 */
version: string | null, };

export type AttachedView = { 
/**
 * The agent's folder whose server it is, for Codex `CODEX_HOME`.
 */
home: Array<Piece>, state: AttachState, 
/**
 * Of the server, where there is one and it says so.
 */
version: string | null, 
/**
 * Milliseconds since the Unix epoch: since when we are its client.
 */
since: string | null, 
/**
 * The open conversations that are followed, without sub-agents'.
 */
sessions: number, 
/**
 * Technical detail of a failure, as the system said it.
 */
detail: Array<Piece> | null, };

export type AttachState = "off" | "noServer" | "connecting" | "attached" | "seesOnly" | "failed" | "unwatched" | "unasked";

export type ConnectionView = "notConnected" | "connected" | "partly" | "stale" | "removed" | "unreadable";

export type TrustView = "trusted" | "untrusted" | "modified" | "disabled" | "unknown";

export type EntryView = { event: string, there: boolean, 
/**
 * Taken out of the file by a person while connected.
 */
removed: boolean, trust: TrustView, };

export type OpenSession = { id: string, folder: Array<Piece> | null, 
/**
 * Milliseconds since the Unix epoch.
 */
since: string, pid: number, };

export type UntrustedView = { agentTitle: string, session: string, folder: string, 
/**
 * Of the hooks, in their order.
 */
keys: Array<string>, };

export type Problem = { 
/**
 * Key of the catalogue: `problem.<code>.text` and `problem.<code>.hint`.
 */
code: ProblemCode, 
/**
 * Technical detail: where, what.
 */
detail: Array<Piece>, 
/**
 * The button that mends it; null where a person has to.
 */
fix: Fix | null, };

export type ProblemCode = "noProgram" | "notConnected" | "removed" | "partlyConnected" | "untrusted" | "modified" | "disabled" | "stalePath" | "relayMissing" | "hooksOff" | "unreadable" | "openSessions" | "otherHooks" | "notAsked";

export type Fix = "connect" | "putBack" | "trust" | "install";

export type Aim = "connect" | "putBack" | "disconnect";

export type PlanView = { 
/**
 * Names exactly this change; making it needs it.
 */
digest: string, 
/**
 * Empty: nothing to do.
 */
files: Array<FileView>, };

export type TestOutcome = "allow" | "deny" | "noDecision";

export type HooksView = { 
/**
 * The folder that was asked for, or the newest of `folders`.
 */
folder: string, 
/**
 * The agent's own name.
 */
agentTitle: string, 
/**
 * Codex has switched hooks off: nothing of Codex's runs.
 */
hooksOff: boolean, hooks: Array<HookView>, 
/**
 * Those of the older form. The agent runs them its own way.
 */
argv: Array<ArgvView>, skipped: Array<SkippedHook>, 
/**
 * In the agent's own words.
 */
warnings: Array<Array<Piece>>, errors: Array<HookFileError>, 
/**
 * What keeps a session from starting, in the agent's own words.
 */
required: Array<Piece> | null, 
/**
 * Folders of past sessions, the newest first, to choose from.
 */
folders: Array<string>, };

export type HookView = { key: string, 
/**
 * The same, to be read.
 */
keyShown: Array<Piece>, event: string, matcher: Array<Piece> | null, 
/**
 * `command` or `mcpTool`.
 */
kind: string, 
/**
 * The command, or the tool and its server.
 */
runs: Array<Piece>, 
/**
 * `sync` or `async`.
 */
mode: string, 
/**
 * Seconds, as it applies.
 */
timeout: number, 
/**
 * In approximate tokens, 0 for no limit; null is the usual one.
 */
contextLimit: number | null, statusMessage: Array<Piece> | null, 
/**
 * Codex's name of the source's kind, or `hosted`.
 */
source: string, path: Array<Piece>, plugin: Array<Piece> | null, hash: string, enabled: boolean, 
/**
 * `managed`, `trusted`, `modified` or `untrusted`.
 */
trust: string, 
/**
 * Null: it will run.
 */
whyNot: WhyNot | null, 
/**
 * How it differs from what was trusted; null where it does not, or was never trusted.
 */
since: SinceTrusted | null, 
/**
 * It is an entry of Hookwright's own, by which the agent is connected.
 */
ours: boolean, 
/**
 * Null where it is not a hosted hook.
 */
hosted: HostedView | null, };

export type WhyNot = "hooksOff" | "disabled" | "untrusted" | "modified";

export type SinceTrusted = { 
/**
 * When it was trusted here, in milliseconds since the Unix epoch; null where that is not known.
 */
at: string | null, 
/**
 * What of its definition is another; null where it is not known what was trusted.
 */
fields: Array<FieldChange> | null, 
/**
 * The scripts it names that are not what was shown.
 */
scripts: Array<ScriptChange>, };

export type FieldChange = { 
/**
 * As files have it.
 */
name: string, 
/**
 * Null: it was not said.
 */
before: Array<Piece> | null, now: Array<Piece> | null, };

export type ScriptChange = { path: Array<Piece>, 
/**
 * Null: what it was is not kept, or what it is is no text.
 */
diff: FileView | null, };

export type HostedView = { 
/**
 * Null: every agent.
 */
agents: Array<string> | null, grant: GrantView, };

export type GrantView = { "state": "none" } | { "state": "given" } | { "state": "suspended", changed: Array<Array<Piece>>, };

export type ArgvView = { 
/**
 * The key in the file, such as `notify`.
 */
name: string, 
/**
 * The program and its arguments.
 */
runs: Array<Piece>, source: string, path: Array<Piece>, };

export type SkippedHook = { key: string, event: string, path: Array<Piece>, why: Array<Piece>, };

export type HookFileError = { path: Array<Piece>, message: Array<Piece>, };

export type HostedWish = "trust" | "enable" | "disable" | "grant" | "revoke";

export type TrialWish = { folder: string, 
/**
 * Null: all hooks of the payload's event that will run.
 */
hook: SeenHook | null, payload: string, };

export type SeenHook = { key: string, hash: string, };

export type BackupView = { id: string, 
/**
 * Milliseconds since the Unix epoch.
 */
at: string, 
/**
 * `save`, `connect`, `disconnect` or `trust`.
 */
reason: string, bytes: number, };

export type DiagnosticView = { severity: SeverityView, 
/**
 * Stable, such as `unknown-event`.
 */
code: string, from: number, to: number, 
/**
 * From 1.
 */
line: number, column: number, message: Array<Piece>, hint: Array<Piece> | null, 
/**
 * What mends it; null where a person has to.
 */
fix: TextFix | null, };

export type DraftView = { text: string, 
/**
 * What stood in the file when it was loaded; null where there was none.
 */
base: string | null, 
/**
 * Of `base`.
 */
digest: string | null, 
/**
 * Templates whose scripts a save will write.
 */
templates: Array<string>, };

export type DropUpdate = { "kind": "over" } | { "kind": "left" } | { "kind": "dropped", files: Array<HookFile>, refused: Failure | null, };

export type FieldInFile = { name: string, 
/**
 * JSON of its value.
 */
value: string, };

export type FieldWish = { name: string, 
/**
 * JSON of its value; null takes it out.
 */
value: string | null, };

export type GroupInFile = { 
/**
 * As it is written, also where the agent knows no such event.
 */
event: string, 
/**
 * From 0, within its event.
 */
group: number, from: number, to: number, 
/**
 * As it is written; null where there is none.
 */
matcher: string | null, 
/**
 * Whether the agent asks the matcher on this event.
 */
matches: boolean, 
/**
 * Tools of the agent's own that the matcher hits; null where it asks for no tools.
 */
hits: Array<string> | null, 
/**
 * Other tools that it hits, which the agent was seen to use.
 */
recorded: Array<string>, handlers: Array<HandlerInFile>, };

export type HandlerInFile = { 
/**
 * From 0, within its group.
 */
handler: number, 
/**
 * The agent's key of this place.
 */
key: string, from: number, to: number, 
/**
 * As it is written in `type`; empty where there is none.
 */
kind: string, fields: Array<FieldInFile>, 
/**
 * An entry by which the agent is connected: it is only looked at here.
 */
ours: boolean, 
/**
 * Its runs are recorded: the command is wrapped. `command` below is the person's own.
 */
recorded: boolean, 
/**
 * The person's own command, without the recorder.
 */
command: string | null, };

export type HookEdit = { "kind": "addGroup", event: string, matcher: string | null, handler: Array<FieldWish>, } | { "kind": "addHandler", event: string, group: number, handler: Array<FieldWish>, } | { "kind": "setMatcher", event: string, group: number, matcher: string | null, } | { "kind": "setField", place: HookPlace, field: FieldWish, } | { "kind": "remove", place: HookPlace, } | { "kind": "vacate", event: string, group: number, } | { "kind": "move", place: HookPlace, to: HookPlace, } | { "kind": "regroup", place: HookPlace, into: number | null, } | { "kind": "duplicate", place: HookPlace, } | { "kind": "record", place: HookPlace, on: boolean, };

export type HookEdited = { changes: Array<TextChange>, 
/**
 * What stands in the text after them.
 */
reading: HookReading, 
/**
 * Where what was meant stands now; null where it is gone.
 */
place: HookPlace | null, };

export type HookFile = { path: string, 
/**
 * The same, to be read.
 */
pathShown: Array<Piece>, kind: HookFileKind, notation: NotationView, exists: boolean, 
/**
 * Handlers that stand in it.
 */
handlers: number, 
/**
 * Null: it can be edited.
 */
readOnly: ReadOnly | null, 
/**
 * Changes of it are kept that are not saved yet.
 */
drafted: boolean, };

export type HookFileKind = "user" | "project" | "hosted" | "managed" | "plugin" | "other";

export type HookPlace = { event: string, group: number, 
/**
 * Null: the whole group.
 */
handler: number | null, };

export type HookReading = { 
/**
 * Null where the text cannot be parsed: then a diagnostic says where, and there is no form.
 */
groups: Array<GroupInFile> | null, diagnostics: Array<DiagnosticView>, };

export type MergeView = { theirs: string, 
/**
 * Of the bytes on disk; null where there is no file any more.
 */
digest: string | null, 
/**
 * How theirs differs from what was loaded.
 */
diff: FileView | null, 
/**
 * With conflict marks, where `conflicts` is not 0.
 */
merged: string, conflicts: number, };

export type NotationView = "json" | "toml";

export type OpenHookFile = { file: HookFile, 
/**
 * Empty where there is no file.
 */
text: string, 
/**
 * Of the bytes on disk; null where there is no file.
 */
digest: string | null, reading: HookReading, 
/**
 * What was left unsaved; null where nothing was.
 */
draft: DraftView | null, };

export type ReadOnly = "managed" | "plugin" | "notOurs";

export type SaveOutcome = { "kind": "saved", opened: OpenHookFile, } | { "kind": "changed" };

export type SavePreview = { 
/**
 * Of everything that is shown here.
 */
digest: string, 
/**
 * Null: nothing changes.
 */
diff: FileView | null, diagnostics: Array<DiagnosticView>, trust: Array<TrustEffect>, 
/**
 * Places could be kept as they are by leaving `{}` behind: the text that does so.
 */
keeping: string | null, };

export type ScriptView = { path: Array<Piece>, text: Array<Piece>, 
/**
 * There is more than is here.
 */
cut: boolean, };

export type SeverityView = "error" | "warning" | "advice";

export type TemplateView = { 
/**
 * `gallery.<id>.title` and `gallery.<id>.text` are its words in the catalogue.
 */
id: string, event: string, matcher: string | null, handler: Array<FieldInFile>, 
/**
 * The script that it runs, where it is no single command.
 */
script: ScriptView | null, };

export type TextChange = { from: number, to: number, insert: string, };

export type TextFix = { 
/**
 * What it does, in words.
 */
title: string, changes: Array<TextChange>, };

export type TrustChange = "new" | "changed" | "moved";

export type TrustEffect = { 
/**
 * Its key after the save.
 */
key: string, event: string, runs: Array<Piece>, effect: TrustChange, };

export type TrustItem = { key: string, hash: string, 
/**
 * Of everything that is here and of all of the scripts' bytes. Trust is given to this.
 */
digest: string, event: string, matcher: Array<Piece> | null, 
/**
 * The command, or the tool and its server.
 */
runs: Array<Piece>, 
/**
 * What an MCP tool is called with; null where it is none, or called with nothing.
 */
input: Array<Piece> | null, 
/**
 * Files that the command names and that are there.
 */
scripts: Array<ScriptView>, 
/**
 * How it differs from what was trusted before; null where it does not, or was never trusted.
 */
since: SinceTrusted | null, };

export type SeenItem = { key: string, 
/**
 * [`TrustItem::digest`].
 */
digest: string, };

export type TrialPayloads = { sample: string, 
/**
 * The newest that an agent sent.
 */
recorded: RecordedPayload | null, };

export type RecordedPayload = { 
/**
 * Milliseconds since the Unix epoch.
 */
at: string, payload: string, };

export type TrialUpdate = { "kind": "started", run: number, summary: RunView, } | { "kind": "output", run: number, stream: StreamView, text: Array<Piece>, } | { "kind": "ended", run: number, summary: RunView, } | { "kind": "finished", runs: Array<RunView>, outcome: OutcomeView, } | { "kind": "stopped" } | { "kind": "failed", failure: Failure, };

export type StreamView = "stdout" | "stderr";

export type RunView = { hook: string, event: string, source: string, path: Array<Piece>, mode: string, status: RunStatusView, statusMessage: Array<Piece> | null, 
/**
 * Milliseconds since the Unix epoch.
 */
startedAt: string, 
/**
 * Milliseconds; null while it runs.
 */
durationMs: number | null, exitCode: number | null, entries: Array<RunEntry>, 
/**
 * At most the first 20,000 characters; empty while it runs.
 */
stdout: Array<Piece>, stderr: Array<Piece>, 
/**
 * There is more output than is here.
 */
cut: boolean, };

export type RunStatusView = "running" | "completed" | "failed" | "blocked" | "stopped" | "unknown";

export type RunEntry = { 
/**
 * `warning`, `stop`, `feedback`, `context` or `error`, or a word of a newer agent.
 */
kind: string, text: Array<Piece>, };

export type OutcomeView = { shouldStop: boolean, stopReason: Array<Piece> | null, shouldBlock: boolean, blockReason: Array<Piece> | null, 
/**
 * `allow` or `deny`.
 */
decision: string | null, message: Array<Piece> | null, contexts: Array<Array<Piece>>, 
/**
 * Indented JSON.
 */
updatedInput: Array<Piece> | null, feedback: Array<Piece> | null, continuation: Array<Array<Piece>>, };

export type RunFilter = { 
/**
 * Words that must all occur in the command, the project, what was written or what was left for person and model.
 */
text: string, agent: string | null, event: string | null, 
/**
 * One of these; empty: any.
 */
status: Array<RunStatusView>, from: RunFromView | null, project: string | null, session: string | null, 
/**
 * A turn of that session.
 */
turn: string | null, 
/**
 * The key of the hook.
 */
hook: string | null, 
/**
 * Only what took longer than a second.
 */
slow: boolean, 
/**
 * That began then or later, in milliseconds since the Unix epoch.
 */
since: string | null, };

export type RunFromView = "hosted" | "recorded" | "told" | "tried";

export type PastRun = { id: string, from: RunFromView, reported: ReportedView, agent: string, agentTitle: string, 
/**
 * The agent's own name of the event.
 */
event: string, 
/**
 * The same, to be read.
 */
eventShown: Array<Piece>, session: string | null, turn: string | null, tool: Array<Piece> | null, project: string | null, 
/**
 * The same, to be read.
 */
projectShown: Array<Piece> | null, 
/**
 * The first line of what ran.
 */
command: Array<Piece>, 
/**
 * The key of the hook; null: no configured hook has this command.
 */
hook: string | null, status: RunStatusView, 
/**
 * Milliseconds since the Unix epoch.
 */
startedAt: string, 
/**
 * Milliseconds.
 */
tookMs: number | null, exitCode: number | null, 
/**
 * The signal that ended it.
 */
signal: number | null, 
/**
 * How many secrets were masked in it.
 */
masked: number, };

export type PastRunPage = { rows: Array<PastRun>, 
/**
 * Pass it back to get older rows; null at the end.
 */
next: string | null, };

export type PastRunDetail = { run: PastRun, 
/**
 * All of what ran.
 */
command: Array<Piece>, 
/**
 * The key of the hook, to be read.
 */
hookShown: Array<Piece> | null, 
/**
 * Codex's name of the source's kind, or `hosted`.
 */
source: string, 
/**
 * The file that declares it; empty where none does.
 */
path: Array<Piece>, 
/**
 * What the payload calls the working directory.
 */
folder: Array<Piece> | null, 
/**
 * `sync` or `async`.
 */
mode: string, 
/**
 * What it left for person and model, as the agent reads it.
 */
entries: Array<RunEntry>, 
/**
 * What the agent itself says of it: of a recorded run, and where a word of it is not known here.
 */
told: ToldView | null, applied: AppliedView, input: OutputView, stdout: OutputView, stderr: OutputView, 
/**
 * The events of the call for which it ran, in their order; none where that cannot be told.
 */
call: Array<CallStep>, 
/**
 * JSON of the payload and of what came of it; null where the payload is not kept whole.
 */
fixture: string | null, };

export type ToldView = { 
/**
 * *Unknown*: `word` is of a newer agent.
 */
status: RunStatusView, word: Array<Piece>, 
/**
 * Milliseconds.
 */
tookMs: number | null, entries: Array<RunEntry>, 
/**
 * The agent says otherwise than Hookwright reads what was recorded.
 */
differs: boolean, };

export type AppliedView = "sent" | "nothing" | "heldBack";

export type OutputView = { 
/**
 * At most the first 20,000 characters.
 */
text: Array<Piece>, 
/**
 * The length of all of it.
 */
bytes: string, 
/**
 * There is more than `text` holds.
 */
cut: boolean, };

export type CallStep = { event: EventView, 
/**
 * How the request ended that it opened.
 */
outcome: Outcome | null, 
/**
 * What the call gave back.
 */
result: ResultView | null, 
/**
 * The run was for this one.
 */
own: boolean, };

export type RunAgain = { folder: string, event: string, key: string, 
/**
 * As JSON to be edited. What would hide in it is escaped.
 */
payload: string, 
/**
 * It is not what the hook was given: that was masked, or its end is not kept.
 */
altered: Altered | null, 
/**
 * The hook is not what it was then.
 */
changed: boolean, };

export type Altered = "masked" | "cut";

export type InsightsView = { 
/**
 * In their order, only those with runs.
 */
days: Array<DayView>, 
/**
 * The slowest first.
 */
hooks: Array<HookSumView>, 
/**
 * Milliseconds.
 */
waitedForHooksMs: string, waitedForPeopleMs: string, };

export type DayView = { 
/**
 * Counted from 1 January 1970.
 */
day: number, status: RunStatusView, runs: number, };

export type HookSumView = { 
/**
 * Null: all runs of which no configured hook has the command.
 */
hook: string | null, 
/**
 * The same, to be read.
 */
hookShown: Array<Piece>, runs: number, failed: number, 
/**
 * Milliseconds, all of them together.
 */
tookMs: string, 
/**
 * Microseconds that half of the runs did not exceed, and 95 of a hundred.
 */
halfUs: string, mostUs: string, };

export type RulesView = { rules: Array<RuleView>, 
/**
 * The file was changed by somebody else than this window, and nobody has looked at that yet.
 */
changed: RulesChanged | null, 
/**
 * Where rules stand.
 */
file: string, };

export type RuleView = { id: string, 
/**
 * Milliseconds since the Unix epoch.
 */
madeAt: string, 
/**
 * The request from whose card it was made.
 */
from: string | null, draft: RuleDraft, 
/**
 * What the draft is about, drawn safely.
 */
what: Array<Piece>, project: Array<Piece> | null, 
/**
 * Milliseconds since the Unix epoch; null: until it is revoked, or its session ends.
 */
until: string | null, state: RuleState, hits: number, lastHit: string | null, };

export type RuleState = "active" | "off" | "over" | "unconfirmed";

export type RulesChanged = { 
/**
 * Names this very content; confirming names it.
 */
digest: string, 
/**
 * As a diff, line by line.
 */
diff: Array<LineView>, 
/**
 * The file cannot be read as rules: it can only be put back.
 */
error: Array<Piece> | null, };

export type RuleDraft = { 
/**
 * Null: every agent.
 */
agent: string | null, 
/**
 * Null: every folder.
 */
project: string | null, 
/**
 * Null: every session.
 */
session: string | null, what: WhatDraft, says: SaysDraft, lasts: Lasts, };

export type WhatDraft = { "kind": "command", pattern: string, } | { "kind": "files", pattern: string, } | { "kind": "mcp", server: string, tool: string | null, } | { "kind": "network", host: string, } | { "kind": "tool", name: string, };

export type SaysDraft = { "kind": "allow" } | { "kind": "ask" } | { "kind": "deny", message: string, };

export type Lasts = { "kind": "untilRevoked" } | { "kind": "minutes", minutes: number, } | { "kind": "today" } | { "kind": "kept" };

export type RulePreview = { 
/**
 * Why it can't be kept, by key of the catalogue (`rule.unfit.<code>`) with the word it is about.
 */
unfit: Unfit | null, 
/**
 * What it would be about, drawn safely; empty where it can't be kept.
 */
what: Array<Piece>, project: Array<Piece> | null, 
/**
 * Requests of the last 30 days, seen live, that it would have spoken about: the newest 20.
 */
fits: Array<Past>, 
/**
 * How many there are of those.
 */
count: number, 
/**
 * How many requests were looked at.
 */
of: number, 
/**
 * Whether it speaks about the request it is made from; null where it is made from none.
 */
speaks: boolean | null, };

export type Unfit = { code: string, about: Array<Piece>, };

export type RuleWish = "enable" | "disable" | "delete";

export type RuleRef = { id: string, what: Array<Piece>, };

export type Language = "en" | "zh-CN";

export type Theme = "system" | "light" | "dark";

export type PopupPlace = "tray" | "topLeft" | "topRight" | "bottomLeft" | "bottomRight";

export type Notice = "popup" | "both" | "notification";

export type Notices = { by: Notice, 
/**
 * Notifications say what is asked, not only who asks.
 */
text: boolean, 
/**
 * Notifications come with the desktop's sound.
 */
sound: boolean, 
/**
 * While the desktop is set to *do not disturb*, nothing shows by itself.
 */
followDoNotDisturb: boolean, };

export type SettingsView = { 
/**
 * Null: that of the system.
 */
language: Language | null, 
/**
 * What is spoken now.
 */
speaks: Language, theme: Theme, popupPlace: PopupPlace, notices: Notices, 
/**
 * Brings the popup with the keyboard, such as `Ctrl+Alt+H`; null: none.
 */
shortcut: string | null, 
/**
 * Only the desktop can take shortcuts here (Wayland).
 */
desktopTakesShortcuts: boolean, 
/**
 * What a shortcut of the desktop has to run.
 */
popupCommand: string, waiting: Array<WaitingView>, 
/**
 * What is otherwise below some folders. Of several the longest that fits says it.
 */
projects: Array<ProjectSettings>, 
/**
 * Days that the history is kept; null: for ever.
 */
keepDays: number | null, 
/**
 * How large the history may become; null: as large as it gets.
 */
keepMegabytes: number | null, 
/**
 * How often hosted hooks may keep one turn from ending; null: as often as they want.
 */
continuations: number | null, 
/**
 * We are a client of the servers that agents' terminals share.
 */
attach: boolean, 
/**
 * Further folders of Codex whose servers are watched, beside the one of this machine's user.
 */
codexHomes: Array<string>, startAtLogin: boolean, 
/**
 * The folder of history, spool and logs.
 */
dataFolder: string, 
/**
 * The file in which these settings stand.
 */
file: string, 
/**
 * A person has been through the first run, or skipped it.
 */
welcomed: boolean, };

export type WaitingView = { agent: string, title: string, seconds: number, };

export type ProjectSettings = { folder: string, 
/**
 * Seconds, 5 to 86,000.
 */
waiting: number | null, review: Review | null, secrets: Secrets | null, };

export type Review = "ask" | "agent";

export type Secrets = "masked" | "plain";

export type Setting = { "kind": "language", value: Language | null, } | { "kind": "theme", value: Theme, } | { "kind": "popupPlace", value: PopupPlace, } | { "kind": "notices", value: Notices, } | { "kind": "shortcut", value: string | null, } | { "kind": "waiting", agent: string, seconds: number, } | { "kind": "project" } & ProjectSettings | { "kind": "keepDays", value: number | null, } | { "kind": "keepMegabytes", value: number | null, } | { "kind": "continuations", value: number | null, } | { "kind": "attach", value: boolean, } | { "kind": "codexHomes", value: Array<string>, } | { "kind": "startAtLogin", value: boolean, } | { "kind": "welcomed", value: boolean, };

export type Surface = "popup" | "main";

export type Arming = { 
/**
 * Milliseconds until Allow is taken; 0: now.
 */
leftMs: number, };

export type Failure = { 
/**
 * Key of the catalogue: `error.<code>.text` and `error.<code>.hint`.
 */
code: string, 
/**
 * Technical detail, as the system said it.
 */
detail: string, };
