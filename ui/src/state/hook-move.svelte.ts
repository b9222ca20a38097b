/** A hook on its way to another group, or to another file. Both texts change, and nothing is saved. */

import type { Failure, GroupInFile, HandlerInFile, HookEdit, HookPlace } from '../ipc/dto';
import type { HookDraft } from './hook-draft.svelte';

export class HookMove {
  readonly from: HookDraft;
  readonly group: GroupInFile;
  readonly handler: HandlerInFile;
  readonly #alone: boolean;
  /** Of the file it goes to. */
  path = $state('');
  /** That file; null while it is opened. */
  to = $state.raw<HookDraft | null>(null);
  /** The group it goes to; null: a new one. */
  into = $state<number | null>(null);

  constructor(from: HookDraft, group: GroupInFile, handler: HandlerInFile) {
    this.from = from;
    this.group = group;
    this.handler = handler;
    this.#alone = group.handlers.length === 1;
    this.aim(from);
  }

  /** Those it can join. */
  groups = $derived.by((): GroupInFile[] => {
    const { to, from, group } = this;
    const here = (one: GroupInFile): boolean => to === from && one.group === group.group;
    return to?.reading.groups?.filter((one) => one.event === group.event && !here(one)) ?? [];
  });
  /** One that is alone in its group needs no new one in the same file. */
  renewable = $derived.by(() => this.to !== this.from || !this.#alone);
  ready = $derived.by(() => this.to !== null && this.to.reading.groups !== null && (this.into !== null || this.renewable));

  wait(path: string): void {
    this.path = path;
    this.to = null;
  }

  aim(to: HookDraft): void {
    this.path = to.file.path;
    this.to = to;
    this.into = this.renewable ? null : (this.groups[0]?.group ?? null);
  }

  /** Does it. Says why not, where it was not done; then nothing is changed. */
  async go(): Promise<Failure | null> {
    const { from, to, into } = this;
    if (to === null || !this.ready) return null;
    if (to === from) return (await from.edit({ kind: 'regroup', place: this.#place(), into })) ? null : from.failure;
    if (!(await to.edit(this.#addition()))) return to.failure;
    if (await from.edit(this.#removal())) return null;
    await to.undo();
    return from.failure;
  }

  #place(): HookPlace {
    return { event: this.group.event, group: this.group.group, handler: this.handler.handler };
  }

  #addition(): HookEdit {
    const { group, into } = this;
    const handler = this.handler.fields.map(({ name, value }) => ({ name, value }));
    return into === null
      ? { kind: 'addGroup', event: group.event, matcher: group.matcher, handler }
      : { kind: 'addHandler', event: group.event, group: into, handler };
  }

  /** A group that would be left without a hook goes too; where others stand behind it, its place stays. */
  #removal(): HookEdit {
    const { event, group } = this.group;
    if (!this.#alone) return { kind: 'remove', place: this.#place() };
    const last = !this.from.reading.groups?.some((one) => one.event === event && one.group > group);
    return last ? { kind: 'remove', place: { event, group, handler: null } } : { kind: 'vacate', event, group };
  }
}
