/** The only door outside: everything the windows ask of the program behind them. */

import type {
  AgentView,
  Aim,
  Arming,
  BackupView,
  Choice,
  DropUpdate,
  EventDetail,
  Failure,
  HookEdit,
  HookEdited,
  HookFile,
  HookReading,
  HooksView,
  HostedWish,
  InsightsView,
  LiveSnapshot,
  LiveUpdate,
  MergeView,
  OpenHookFile,
  PastDetail,
  PastFilter,
  PastPage,
  PastRunDetail,
  PastRunPage,
  PlanView,
  RuleDraft,
  RulePreview,
  RulesView,
  RuleWish,
  RunAgain,
  RunFilter,
  SaveOutcome,
  SavePreview,
  SeenHook,
  SeenItem,
  Setting,
  Shown,
  Snapshot,
  TemplateView,
  TestOutcome,
  TrialPayloads,
  TrialUpdate,
  TrialWish,
  TrustItem,
  UntrustedView,
  Update,
} from './dto';

/** Every method rejects with a {@link Failure}; read it with {@link asFailure}. */
export interface Host {
  /** The present state, and every later step of the one order. Each call starts a new stream. */
  subscribe(take: (update: Update) => void): Promise<Snapshot>;
  /** All of the card is on a visible screen. Harmless to repeat; says how long Allow is still refused. */
  painted(id: string, digest: string): Promise<Arming>;
  decide(id: string, digest: string, choice: Choice): Promise<void>;
  /** Denies everything that waits in the session; resolves with how many requests that were. */
  denySession(session: string, message: string): Promise<number>;
  past(filter: PastFilter, cursor: string | null): Promise<PastPage>;
  pastShown(id: string): Promise<Shown | null>;
  /** What is kept of a request besides; null where the history does not have it. */
  pastDetail(id: string): Promise<PastDetail | null>;
  /** A page of runs of hooks, newest first. */
  runs(filter: RunFilter, cursor: string | null): Promise<PastRunPage>;
  /** One run with everything that is kept of it; null where the history does not have it. */
  run(id: string): Promise<PastRunDetail | null>;
  /** What it takes to run the hook of a run again, as it is configured now. Runs nothing. */
  runAgain(id: string): Promise<RunAgain>;
  /** What the runs and requests from `since` to before `until` add up to; `ahead` are the minutes of this clock ahead of UTC. */
  insights(since: string, until: string, ahead: number): Promise<InsightsView>;
  /** The latest events, and every later one. Each call starts a new stream. */
  live(take: (update: LiveUpdate) => void): Promise<LiveSnapshot>;
  /** Everything an agent said with one event; null where the history does not have it. */
  event(id: string): Promise<EventDetail | null>;
  /** Looks at every agent anew: files, program, trust. Takes a second or two. */
  agents(): Promise<AgentView[]>;
  /** What would change in an agent's files. Changes nothing. */
  plan(agent: string, aim: Aim): Promise<PlanView>;
  /** Makes exactly the change that was looked at; refused when the files changed meanwhile. */
  carryOut(agent: string, aim: Aim, digest: string): Promise<void>;
  /** Has the agent trust our entries, and nothing else. */
  trust(agent: string): Promise<void>;
  /** Copies the relay, and the list of programs that may answer it, to where agents find it. */
  installRelay(): Promise<void>;
  /** Sends a harmless request through the installed relay; resolves when it was answered. */
  testRequest(agent: string): Promise<TestOutcome>;
  /** The hooks that a session in this folder has; null: in the folder of the newest session. */
  hooks(folder: string | null): Promise<HooksView>;
  /** Hooks that open sessions skip, because nobody trusted them as they are; of those whose server is seen. */
  untrustedHooks(): Promise<UntrustedView[]>;
  /** What hooks of this event can be tried with; one hook where `key` names it. */
  trialPayloads(folder: string, event: string, key: string | null): Promise<TrialPayloads>;
  /** Runs hooks by hand, in place of those that are tried already. The last update tells how it ended. */
  tryHooks(wish: TrialWish, take: (update: TrialUpdate) => void): Promise<void>;
  /** Resolves when nothing of the trial is left. */
  stopTrial(): Promise<void>;
  /** A person says something of a hook that Hookwright runs; refused when it is not what was seen. */
  wishHosted(hook: SeenHook, wish: HostedWish): Promise<void>;
  /** Files that declare hooks for a session in this folder, or may. */
  hookFiles(folder: string | null): Promise<HookFile[]>;
  openHookFile(path: string): Promise<OpenHookFile>;
  /** Keeps what a person made of a file until it is saved; `base`: what stood in it when it was loaded. What says no more than the file is not kept. */
  keepHookDraft(path: string, text: string, base: string | null, templates: readonly string[]): Promise<void>;
  /** What stands in a text of this file. `templates`: those whose scripts a save will write. */
  readHookText(path: string, text: string, templates: readonly string[]): Promise<HookReading>;
  /** What an edit would do to the text. Changes nothing. */
  editHookText(path: string, text: string, edit: HookEdit, templates: readonly string[]): Promise<HookEdited>;
  /** What a save would do. */
  previewHookSave(path: string, text: string, templates: readonly string[]): Promise<SavePreview>;
  /** Writes the text, and the scripts of these templates, as it was seen; `digest` is of what was loaded. Or says what changed meanwhile. */
  saveHookFile(path: string, digest: string | null, text: string, seen: string, templates: string[]): Promise<SaveOutcome>;
  /** What is on disk now, and both changes since `base` put together. */
  mergeHookFile(path: string, base: string, mine: string): Promise<MergeView>;
  /** What the file was before saves, newest first. */
  hookBackups(path: string): Promise<BackupView[]>;
  hookBackup(path: string, id: string): Promise<string>;
  /** Tells what the file is after a change by somebody else. A later call replaces an earlier one. */
  watchHookFile(path: string, told: (digest: string | null) => void): Promise<void>;
  /** The gallery, as its hooks would stand in this file. */
  hookTemplates(path: string): Promise<TemplateView[]>;
  /** The system's file dialog; null where nothing was chosen. */
  pickHookFile(): Promise<string | null>;
  /** Tells of files that a person drags over the window and drops there. A later call replaces an earlier one. */
  hookDrops(take: (update: DropUpdate) => void): Promise<void>;
  /** What is to be looked at before it is trusted. */
  hookTrustItems(folder: string, keys: string[]): Promise<TrustItem[]>;
  /** Has the agent trust exactly these, as they were seen. */
  trustHooks(folder: string, seen: SeenItem[]): Promise<void>;
  enableHook(folder: string, seen: SeenHook, enabled: boolean): Promise<void>;
  /** Every rule, and whether the file was changed elsewhere. */
  rules(): Promise<RulesView>;
  /** What a rule from this request could say, the narrowest first; none where no rule fits such a request. */
  ruleDrafts(request: string): Promise<RuleDraft[]>;
  /** What a rule would do. An allow can be kept only a moment after its preview. */
  previewRule(draft: RuleDraft, request: string | null): Promise<RulePreview>;
  /** Keeps a rule; `id` names the one that is changed, `from` the request it was made from. */
  saveRule(id: string | null, draft: RuleDraft, from: string | null): Promise<RulesView>;
  wishRule(id: string, wish: RuleWish): Promise<RulesView>;
  /** What stands in the file counts, if it is still what was seen. */
  confirmRules(digest: string): Promise<RulesView>;
  /** The file says again what was confirmed last. */
  restoreRules(): Promise<RulesView>;
  /** Shows the main window with a rule drafted from this request. */
  openRuleDraft(request: string): Promise<void>;
  changeSetting(setting: Setting): Promise<void>;
  /** Shows the folder of history, spool and logs in the desktop's file manager. */
  openDataFolder(): Promise<void>;
  /** `null`: until resumed. */
  pause(minutes: number | null): Promise<void>;
  resume(): Promise<void>;
  openMain(): Promise<void>;
  hidePopup(): Promise<void>;
  /** A person wants to use the keyboard in the popup, which otherwise leaves it where it is. */
  focusPopup(): Promise<void>;
  /** The popup has nothing left to show. It is put away unless a request came meanwhile. */
  popupEmpty(): Promise<void>;
  /** Asks for a popup of this content height in CSS pixels; the screen may allow less. */
  popupSize(height: number): Promise<void>;
  /** The answer to `quitAsked`: hand everything back and end, or stay. */
  quit(handBack: boolean): Promise<void>;
}

/** What a call was rejected with. Anything that is not a {@link Failure} is one of our own. */
export function asFailure(error: unknown): Failure {
  if (typeof error === 'object' && error !== null && 'code' in error && 'detail' in error) {
    return { code: String(error.code), detail: String(error.detail) };
  }
  return { code: 'internal', detail: error instanceof Error ? error.message : String(error) };
}
