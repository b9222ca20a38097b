/**
 * A rule while it is written: what stands in the form, what the backend says of it, and whether it can be kept. An allow can be
 * kept only a moment after its preview was there; the backend refuses it earlier in any case.
 */

import type { Failure, Lasts, RuleDraft, RulePreview, RuleView, SaysDraft, Shown, WhatDraft } from '../ipc/dto';
import { asFailure, type Host } from '../ipc/host';

/** Pause in typing after which the preview is asked for. */
export const TYPING_MS = 250;
/** How long a preview of an allow must have been there before it can be kept, with room for the way to the backend. */
export const SETTLED_MS = 650;

/** How long a rule holds, as it is chosen. */
export type Length = 'untilRevoked' | 'session' | '15' | '60' | 'today' | 'kept';

/** Everything that can be written. What belongs to one kind stays while another is looked at. */
export interface Fields {
  says: SaysDraft['kind'];
  message: string;
  kind: WhatDraft['kind'];
  pattern: string;
  path: string;
  server: string;
  tool: string;
  host: string;
  name: string;
  /** Null: every agent. */
  agent: string | null;
  /** Empty: every folder. */
  project: string;
  length: Length;
}

/** The request that a rule is made from, and what is known of it. */
export interface Origin {
  id: string;
  shown: Shown | null;
}

const NOTHING: Fields = {
  says: 'allow',
  message: '',
  kind: 'command',
  pattern: '',
  path: '',
  server: '',
  tool: '',
  host: '',
  name: '',
  agent: null,
  project: '',
  length: 'untilRevoked',
};

export class RuleForm {
  #host: Pick<Host, 'previewRule'>;
  #settled = $state(false);
  #look = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  readonly key: string;
  /** The rule that is changed; null: a new one. */
  readonly rule: RuleView | null;
  readonly origin: Origin | null;
  /** The session that the rule may be for. */
  readonly session: string | null;
  fields = $state.raw<Fields>(NOTHING);
  /** What rules could be about for the request it is made from, the narrowest first. */
  proposals = $state.raw<readonly RuleDraft[]>([]);
  /** Of what is written now; null while it is not known yet. */
  preview = $state.raw<RulePreview | null>(null);
  failure = $state.raw<Failure | null>(null);
  saving = $state(false);

  constructor(host: Pick<Host, 'previewRule'>, key: string, rule: RuleView | null, origin: Origin | null) {
    this.#host = host;
    this.key = key;
    this.rule = rule;
    this.origin = origin;
    this.session = rule?.draft.session ?? origin?.shown?.session ?? null;
    if (rule !== null) this.fields = written(rule.draft);
  }

  draft = $derived(this.#draft());

  /** Whether all is there to keep it now. */
  ready = $derived(this.preview !== null && this.preview.unfit === null && this.#settled && !this.saving);

  /** Writes something. What the backend said of it before counts no more. */
  change(fields: Partial<Fields>): void {
    this.fields = { ...this.fields, ...fields };
    this.#unsettle();
    this.preview = null;
    this.#timer = setTimeout(() => void this.look(), TYPING_MS);
  }

  /** Takes over a proposal, and leaves alone what a person wrote of the rest. */
  propose(proposal: RuleDraft): void {
    const { says, message, length } = this.fields;
    this.change({ ...written(proposal), says, message, length });
  }

  /** Asks what it would do. Also where it comes into sight again: the backend knows one preview. */
  async look(): Promise<void> {
    this.#unsettle();
    const look = this.#look;
    const { draft } = this;
    try {
      const preview = await this.#host.previewRule(draft, this.origin?.id ?? null);
      if (look !== this.#look) return;
      this.preview = preview;
      this.failure = null;
      if (draft.says.kind === 'allow') this.#timer = setTimeout(() => (this.#settled = true), SETTLED_MS);
      else this.#settled = true;
    } catch (error) {
      if (look === this.#look) this.failure = asFailure(error);
    }
  }

  #unsettle(): void {
    this.#look += 1;
    this.#settled = false;
    clearTimeout(this.#timer);
  }

  #draft(): RuleDraft {
    const { agent, project, length } = this.fields;
    return {
      agent,
      project: project.trim() === '' ? null : project.trim(),
      session: length === 'session' ? this.session : null,
      what: what(this.fields),
      says: says(this.fields),
      lasts: lasts(length),
    };
  }
}

/** A draft as it stands in the form. */
export function written(draft: RuleDraft): Fields {
  return {
    ...NOTHING,
    ...ofWhat(draft.what),
    says: draft.says.kind,
    message: draft.says.kind === 'deny' ? draft.says.message : '',
    agent: draft.agent,
    project: draft.project ?? '',
    length: lengthOf(draft),
  };
}

function ofWhat(draft: WhatDraft): Partial<Fields> {
  switch (draft.kind) {
    case 'command':
      return { kind: 'command', pattern: draft.pattern };
    case 'files':
      return { kind: 'files', path: draft.pattern };
    case 'mcp':
      return { kind: 'mcp', server: draft.server, tool: draft.tool ?? '' };
    case 'network':
      return { kind: 'network', host: draft.host };
    case 'tool':
      return { kind: 'tool', name: draft.name };
  }
}

function what(fields: Fields): WhatDraft {
  const text = (value: string): string => value.trim();
  switch (fields.kind) {
    case 'command':
      return { kind: 'command', pattern: text(fields.pattern) };
    case 'files':
      return { kind: 'files', pattern: text(fields.path) };
    case 'mcp':
      return { kind: 'mcp', server: text(fields.server), tool: text(fields.tool) === '' ? null : text(fields.tool) };
    case 'network':
      return { kind: 'network', host: text(fields.host) };
    case 'tool':
      return { kind: 'tool', name: text(fields.name) };
  }
}

function says({ says, message }: Fields): SaysDraft {
  return says === 'deny' ? { kind: 'deny', message: message.trim() } : { kind: says };
}

function lengthOf({ lasts, session }: RuleDraft): Length {
  if (session !== null && lasts.kind === 'untilRevoked') return 'session';
  return lasts.kind === 'minutes' ? (lasts.minutes > 15 ? '60' : '15') : lasts.kind;
}

function lasts(length: Length): Lasts {
  switch (length) {
    case 'untilRevoked':
    case 'session':
      return { kind: 'untilRevoked' };
    case 'today':
    case 'kept':
      return { kind: length };
    case '15':
    case '60':
      return { kind: 'minutes', minutes: Number(length) };
  }
}
