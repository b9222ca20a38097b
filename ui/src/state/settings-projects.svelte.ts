/** What is otherwise in some projects: those that the file names, and those that a person began with and set nothing in yet. */

import type { Failure, ProjectSettings } from '../ipc/dto';
import type { Timed } from './settings-waiting.svelte';
import type { Settings } from './settings.svelte';

/** Nothing is otherwise. */
const AS_ELSEWHERE = { waiting: null, review: null, secrets: null } as const satisfies Omit<ProjectSettings, 'folder'>;

export class Projects {
  /** The folder to begin with. */
  typed = $state('');
  /** It is no full path. */
  refused = $state(false);

  #settings: Settings;
  #begun = $state.raw<readonly string[]>([]);
  /** The project that was changed last. */
  #changed = $state<string | null>(null);
  /** The newest change that is not answered yet, and all of them. */
  #meant: ProjectSettings | null = null;
  #sent = Promise.resolve(true);

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  rows = $derived.by((): readonly ProjectSettings[] => {
    const kept = this.#settings.view?.projects ?? [];
    const begun = this.#begun.filter((folder) => !kept.some((row) => row.folder === folder));
    return [...kept, ...begun.map((folder) => ({ folder, ...AS_ELSEWHERE }))];
  });

  begin(folder: string): void {
    const path = folder.trim();
    this.refused = !path.startsWith('/');
    if (this.refused) return;
    this.typed = '';
    if (!this.#begun.includes(path)) this.#begun = [...this.#begun, path];
  }

  /** Its waiting time, as it is typed. */
  timed(row: ProjectSettings): Timed {
    return { key: `project ${row.folder}`, seconds: row.waiting, optional: true, save: (waiting) => this.set(row, { waiting }) };
  }

  /** Leaving the time for another choice sets both: what is not answered yet is built upon, and sent in its order. */
  set(row: ProjectSettings, change: Partial<Omit<ProjectSettings, 'folder'>>): Promise<boolean> {
    const next = { ...(this.#meant?.folder === row.folder ? this.#meant : row), ...change };
    this.#meant = next;
    this.#sent = this.#sent.then(() => this.#send(next));
    return this.#sent;
  }

  /** From now on everything in it is as elsewhere. */
  async remove(row: ProjectSettings): Promise<void> {
    this.#settings.waiting.restore(this.timed(row));
    const kept = this.#settings.view?.projects.some(({ folder }) => folder === row.folder) ?? false;
    if (!kept || (await this.set(row, AS_ELSEWHERE))) {
      this.#begun = this.#begun.filter((folder) => folder !== row.folder);
    }
  }

  /** Why it could not be changed. */
  failure(row: ProjectSettings): Failure | null {
    return this.#changed === row.folder ? this.#settings.failure('project') : null;
  }

  async #send(next: ProjectSettings): Promise<boolean> {
    const { folder } = next;
    this.#changed = folder;
    const taken = await this.#settings.change({ kind: 'project', ...next });
    if (this.#meant === next) this.#meant = null;
    if (taken) {
      const others = this.#begun.filter((other) => other !== folder);
      // One in which nothing is set any more is not in the file, and is still being worked on.
      this.#begun = saysNothing(next) ? [...others, folder] : others;
    }
    return taken;
  }
}

function saysNothing({ waiting, review, secrets }: ProjectSettings): boolean {
  return waiting === null && review === null && secrets === null;
}
