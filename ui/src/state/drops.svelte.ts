/** Files that are dragged over the window and dropped there. */

import type { DropUpdate, Failure, HookFile } from '../ipc/dto';
import type { Host } from '../ipc/host';

export class Drops {
  /** Something is over the window. */
  over = $state(false);
  /** Something was dropped: hook files, and why the rest is none. */
  ondropped: (files: readonly HookFile[], refused: Failure | null) => void = () => {};

  #host: Pick<Host, 'hookDrops'>;

  constructor(host: Pick<Host, 'hookDrops'>) {
    this.#host = host;
  }

  /** From now on. Without it files are still opened by the file dialog. */
  async follow(): Promise<void> {
    await this.#host.hookDrops((update) => this.#take(update)).catch(() => {});
  }

  #take(update: DropUpdate): void {
    this.over = update.kind === 'over';
    if (update.kind === 'dropped') this.ondropped(update.files, update.refused);
  }
}
