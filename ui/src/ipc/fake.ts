/** A scripted host for tests and for looking at the windows in a browser. Not part of the product. */

import type {
  AgentView,
  Aim,
  ByView,
  ChangeOf,
  Choice,
  DecisionView,
  EventDetail,
  EventView,
  HooksView,
  HostedWish,
  InsightsView,
  LiveSnapshot,
  LiveUpdate,
  Outcome,
  PastDetail,
  PastFilter,
  PastPage,
  PastRunDetail,
  PastRunPage,
  PlanView,
  RecordedView,
  RuleDraft,
  RulePreview,
  RulesView,
  RuleWish,
  RunAgain,
  RunFilter,
  SeenHook,
  Setting,
  SettingsView,
  Shown,
  Snapshot,
  TestOutcome,
  TrialPayloads,
  TrialUpdate,
  TrialWish,
  UntrustedView,
  Update,
} from './dto';
import { past, shown, text } from './fake-cards';
import { FakeEditor } from './fake-editor';
import { hooksView, PAYLOADS } from './fake-hooks';
import { preview, PROPOSALS, rule, rulesView } from './fake-rules';
import { insights, pastRun, pastRunDetail } from './fake-runs';
import type { Host } from './host';

const PAGE = 100;
/** Those of somebody who has been through the first run. */
export const SETTINGS: SettingsView = {
  language: null,
  speaks: 'en',
  theme: 'system',
  popupPlace: 'tray',
  notices: { by: 'popup', text: false, sound: false, followDoNotDisturb: true },
  shortcut: null,
  desktopTakesShortcuts: false,
  popupCommand: 'hookwright-desktop --popup',
  waiting: [{ agent: 'codex', title: 'Codex', seconds: 600 }],
  projects: [],
  keepDays: null,
  keepMegabytes: null,
  continuations: null,
  attach: true,
  codexHomes: [],
  startAtLogin: false,
  dataFolder: '/home/ada/.local/state/hookwright',
  file: '/home/ada/.config/hookwright/settings.toml',
  welcomed: true,
};

const PROJECTS = ['/home/ada/notes', '/home/ada/src/hookwright-site', '/home/ada/src/shop-api'];

export class FakeHost extends FakeEditor implements Host {
  readonly snapshot: Omit<Snapshot, 'seq'> = {
    version: '0.1.0',
    waiting: [],
    paused: null,
    notes: [],
    picked: null,
    ruleAsked: null,
    quitAsked: false,
    allowRules: 0,
    settings: SETTINGS,
  };
  /** How many requests the past holds. */
  pastCount = 100_000;
  /** How many runs the past holds. */
  runCount = 100_000;
  runDetail: (id: string) => PastRunDetail | null = (id) => pastRunDetail(pastRun(Number(id.replace('run-', ''))));
  runAgainFound: RunAgain = { folder: '/home/ada/src/shop-api', event: 'PreToolUse', key: '', payload: '{}', altered: null, changed: false };
  insightsFound: InsightsView = insights();
  /** The latest events, oldest first. */
  events: EventView[] = [];
  /** What every look at the agents finds. */
  found: AgentView[] = [];
  /** What every plan would change. */
  planned: PlanView = { digest: 'plan-1', files: [] };
  testOutcome: TestOutcome = 'allow';
  /** What every look at the hooks finds. */
  hooksFound: HooksView = hooksView();
  /** What open sessions skip. */
  skipped: UntrustedView[] = [];
  payloads: TrialPayloads = PAYLOADS;
  /** What every look at the rules finds. */
  rulesFound: RulesView = rulesView();
  detail: PastDetail = { digest: 'sha256:0123456789abcdef0123', result: null };

  #seq = 0;
  #liveSeq = 0;
  #takeLive: ((update: LiveUpdate) => void) | null = null;
  #takeTrial: ((update: TrialUpdate) => void) | null = null;
  #take: ((update: Update) => void) | null = null;
  #painted = new Map<string, number>();

  /** One step of the one order. */
  send(change: ChangeOf): void {
    const { snapshot } = this;
    if (change.kind === 'requestOpened') snapshot.waiting = [...snapshot.waiting, change.card];
    if (change.kind === 'requestEnded') snapshot.waiting = snapshot.waiting.filter((other) => other.id !== change.id);
    if (change.kind === 'pauseChanged') snapshot.paused = change.paused;
    if (change.kind === 'notesChanged') snapshot.notes = change.notes;
    if (change.kind === 'settingsChanged') snapshot.settings = change.settings;
    this.#seq += 1;
    this.#take?.({ seq: String(this.#seq), at: String(Date.now()), change });
  }

  /** Steps that get lost. */
  skip(count: number): void {
    this.#seq += count;
  }

  end(id: string, decision: DecisionView, by: ByView, also: Partial<Outcome> = {}): void {
    const outcome = { decision, by, at: String(Date.now()), waitedMs: '4000', message: null, hook: null, rule: null, offered: null, ...also };
    this.send({ kind: 'requestEnded', id, outcome });
  }

  async subscribe(take: (update: Update) => void): Promise<Snapshot> {
    this.call('subscribe');
    this.#take = take;
    return { ...this.snapshot, seq: String(this.#seq) };
  }

  async painted(id: string, digest: string): Promise<{ leftMs: number }> {
    this.call('painted', id, digest);
    const first = this.#painted.get(digest) ?? performance.now();
    this.#painted.set(digest, first);
    return { leftMs: Math.max(0, Math.round(first + this.#armingOf(id) - performance.now())) };
  }

  #armingOf(id: string): number {
    return this.snapshot.waiting.find((other) => other.id === id)?.shown.armingMs ?? 600;
  }

  /** The backend counts from anew. */
  rearm(window: 'popup' | 'main'): void {
    this.#painted.clear();
    this.send({ kind: 'rearmed', window });
  }

  async decide(id: string, digest: string, choice: Choice): Promise<void> {
    this.call('decide', id, digest, choice);
    if (choice.kind === 'offered') {
      const offer = this.snapshot.waiting.find((other) => other.id === id)?.shown.offers?.[choice.place];
      if (offer === undefined || offer.effect === 'unknown') throw { code: 'notOffered', detail: '' };
      this.end(id, offer.effect === 'allows' ? 'allow' : 'deny', 'person', { offered: offer.code, message: choice.message ?? null });
      return;
    }
    const message = choice.kind === 'deny' ? choice.message : null;
    const DECISION = { allow: 'allow', allowSession: 'allow', deny: 'deny', leave: 'none' } as const;
    this.end(id, DECISION[choice.kind], 'person', { message });
  }

  async denySession(session: string, message: string): Promise<number> {
    this.call('denySession', session, message);
    const takes = ({ offers }: Shown): boolean => offers === null || offers.some((offer) => offer.code === 'decline');
    const all = this.snapshot.waiting.filter((other) => other.shown.session === session && takes(other.shown));
    for (const { id, shown } of all) this.end(id, 'deny', 'person', { message, offered: shown.offers === null ? null : 'decline' });
    return all.length;
  }

  async past(filter: PastFilter, cursor: string | null): Promise<PastPage> {
    this.call('past', filter, cursor);
    const rows = [];
    let at = Number(cursor ?? 0);
    for (; at < this.pastCount && rows.length < PAGE; at += 1) {
      const row = past(at);
      if (matches(row, filter)) rows.push(row);
    }
    return { rows, next: at < this.pastCount ? String(at) : null, projects: this.pastCount > 0 ? PROJECTS : [] };
  }

  async pastShown(id: string): Promise<Shown | null> {
    this.call('pastShown', id);
    const row = past(Number(id.replace('past-', '')));
    return shown({ kind: 'shell', command: row.summary }, { project: row.project, runsIn: row.project ?? text('?') });
  }

  async pastDetail(id: string): Promise<PastDetail | null> {
    this.call('pastDetail', id);
    return this.detail;
  }

  async runs(filter: RunFilter, cursor: string | null): Promise<PastRunPage> {
    this.call('runs', filter, cursor);
    const rows = [];
    let at = Number(cursor ?? 0);
    for (; at < this.runCount && rows.length < PAGE; at += 1) {
      const row = pastRun(at);
      if (runMatches(row, filter)) rows.push(row);
    }
    return { rows, next: at < this.runCount ? String(at) : null };
  }

  async run(id: string): Promise<PastRunDetail | null> {
    this.call('run', id);
    return this.runDetail(id);
  }

  async runAgain(id: string): Promise<RunAgain> {
    this.call('runAgain', id);
    return this.runAgainFound;
  }

  async insights(since: string, until: string, ahead: number): Promise<InsightsView> {
    this.call('insights', since, until, ahead);
    return this.insightsFound;
  }

  async rules(): Promise<RulesView> {
    this.call('rules');
    return this.rulesFound;
  }

  async ruleDrafts(request: string): Promise<RuleDraft[]> {
    this.call('ruleDrafts', request);
    return PROPOSALS;
  }

  async previewRule(draft: RuleDraft, request: string | null): Promise<RulePreview> {
    this.call('previewRule', draft, request);
    return preview(draft);
  }

  async saveRule(id: string | null, draft: RuleDraft, from: string | null): Promise<RulesView> {
    this.call('saveRule', id, draft, from);
    const kept = rule(draft, { from, ...(id === null ? {} : { id }) });
    return this.#withRules(({ rules }) => ({ rules: [...rules.filter((other) => other.id !== id), kept] }));
  }

  async wishRule(id: string, wish: RuleWish): Promise<RulesView> {
    this.call('wishRule', id, wish);
    const state = wish === 'disable' ? 'off' : 'active';
    return this.#withRules(({ rules }) => ({
      rules: wish === 'delete' ? rules.filter((other) => other.id !== id) : rules.map((other) => (other.id === id ? { ...other, state } : other)),
    }));
  }

  async confirmRules(digest: string): Promise<RulesView> {
    this.call('confirmRules', digest);
    return this.#withRules(({ rules }) => ({ changed: null, rules: rules.map((other) => ({ ...other, state: 'active' })) }));
  }

  async restoreRules(): Promise<RulesView> {
    this.call('restoreRules');
    return this.#withRules(({ rules }) => ({ changed: null, rules: rules.filter((other) => other.state !== 'unconfirmed') }));
  }

  #withRules(change: (found: RulesView) => Partial<RulesView>): RulesView {
    this.rulesFound = { ...this.rulesFound, ...change(this.rulesFound) };
    return this.rulesFound;
  }

  async openRuleDraft(request: string): Promise<void> {
    this.call('openRuleDraft', request);
  }

  /** Events happen. */
  sendLive(...events: EventView[]): void {
    this.events = [...this.events, ...events];
    this.#takeLive?.({ seq: String(this.#liveSeq + 1), events, recorded: [] });
    this.#liveSeq += events.length;
  }

  /** Recorded hooks begin or end. */
  sendRecorded(...recorded: RecordedView[]): void {
    this.#takeLive?.({ seq: String(this.#liveSeq + 1), events: [], recorded });
    this.#liveSeq += recorded.length;
  }

  /** Events that get lost. */
  skipLive(count: number): void {
    this.#liveSeq += count;
  }

  async live(take: (update: LiveUpdate) => void): Promise<LiveSnapshot> {
    this.call('live');
    this.#takeLive = take;
    return { seq: String(this.#liveSeq), events: this.events, recorded: [] };
  }

  async event(id: string): Promise<EventDetail | null> {
    this.call('event', id);
    const event = this.events.find((other) => other.id === id);
    return event === undefined ? null : { event, payload: text(JSON.stringify(event, null, 2)), cut: false, runs: [] };
  }

  async agents(): Promise<AgentView[]> {
    this.call('agents');
    return this.found;
  }

  async plan(agent: string, aim: Aim): Promise<PlanView> {
    this.call('plan', agent, aim);
    return this.planned;
  }

  async carryOut(agent: string, aim: Aim, digest: string): Promise<void> {
    this.call('carryOut', agent, aim, digest);
  }

  async trust(agent: string): Promise<void> {
    this.call('trust', agent);
  }

  async installRelay(): Promise<void> {
    this.call('installRelay');
  }

  async testRequest(agent: string): Promise<TestOutcome> {
    this.call('testRequest', agent);
    return this.testOutcome;
  }

  async hooks(folder: string | null): Promise<HooksView> {
    this.call('hooks', folder);
    return { ...this.hooksFound, folder: folder ?? this.hooksFound.folder };
  }

  async untrustedHooks(): Promise<UntrustedView[]> {
    this.call('untrustedHooks');
    return this.skipped;
  }

  async trialPayloads(folder: string, event: string, key: string | null): Promise<TrialPayloads> {
    this.call('trialPayloads', folder, event, key);
    return this.payloads;
  }

  async tryHooks(wish: TrialWish, take: (update: TrialUpdate) => void): Promise<void> {
    this.call('tryHooks', wish);
    this.#takeTrial = take;
  }

  /** Hooks that are tried tell something. */
  sendTrial(...updates: TrialUpdate[]): void {
    for (const update of updates) this.#takeTrial?.(update);
  }

  async stopTrial(): Promise<void> {
    this.call('stopTrial');
    this.sendTrial({ kind: 'stopped' });
  }

  async wishHosted(hook: SeenHook, wish: HostedWish): Promise<void> {
    this.call('wishHosted', hook, wish);
  }

  async changeSetting(setting: Setting): Promise<void> {
    this.call('changeSetting', setting);
    this.send({ kind: 'settingsChanged', settings: withSetting(this.snapshot.settings, setting) });
  }

  async openDataFolder(): Promise<void> {
    this.call('openDataFolder');
  }

  async pause(minutes: number | null): Promise<void> {
    this.call('pause', minutes);
    const until = minutes === null ? null : String(Date.now() + minutes * 60_000);
    this.send({ kind: 'pauseChanged', paused: { until } });
  }

  async resume(): Promise<void> {
    this.call('resume');
    this.send({ kind: 'pauseChanged', paused: null });
  }

  async openMain(): Promise<void> {
    this.call('openMain');
  }

  async hidePopup(): Promise<void> {
    this.call('hidePopup');
  }

  async focusPopup(): Promise<void> {
    this.call('focusPopup');
  }

  async popupEmpty(): Promise<void> {
    this.call('popupEmpty');
  }

  async popupSize(height: number): Promise<void> {
    this.call('popupSize', height);
  }

  async quit(handBack: boolean): Promise<void> {
    this.call('quit', handBack);
  }
}

function withSetting(settings: SettingsView, setting: Setting): SettingsView {
  switch (setting.kind) {
    case 'language':
      return { ...settings, language: setting.value, speaks: setting.value ?? 'en' };
    case 'waiting': {
      const { agent, seconds } = setting;
      return { ...settings, waiting: settings.waiting.map((row) => (row.agent === agent ? { ...row, seconds } : row)) };
    }
    case 'project': {
      const { folder, waiting, review, secrets } = setting;
      const project = { folder, waiting, review, secrets };
      const others = settings.projects.filter((other) => other.folder !== folder);
      const none = waiting === null && review === null && secrets === null;
      return { ...settings, projects: none ? others : [...others, project] };
    }
    default:
      return { ...settings, [setting.kind]: setting.value };
  }
}

function runMatches(row: ReturnType<typeof pastRun>, filter: RunFilter): boolean {
  const hay = JSON.stringify(row.command).toLowerCase();
  return (
    filter.text.toLowerCase().split(/\s+/).every((word) => hay.includes(word)) &&
    (filter.status.length === 0 || filter.status.includes(row.status)) &&
    (filter.event === null || row.event === filter.event) &&
    (filter.from === null || row.from === filter.from) &&
    (filter.hook === null || row.hook === filter.hook) &&
    (!filter.slow || (row.tookMs ?? 0) > 1000)
  );
}

function matches(row: ReturnType<typeof past>, filter: PastFilter): boolean {
  const words = filter.text.toLowerCase().split(/\s+/);
  const hay = JSON.stringify([row.summary, row.project, row.outcome?.message]).toLowerCase();
  return (
    words.every((word) => hay.includes(word)) &&
    (filter.decision === null || row.outcome?.decision === filter.decision) &&
    (filter.by === null || row.outcome?.by === filter.by) &&
    (filter.agent === null || row.agent === filter.agent) &&
    (filter.project === null || JSON.stringify(row.project).includes(JSON.stringify(filter.project)))
  );
}
