/** What every part of the scripted host does: it notes calls, and refuses one where a test says so. */

import type { Failure } from './dto';

export class FakeCalls {
  /** Every call, by name, with its arguments. */
  readonly calls: [name: string, ...args: unknown[]][] = [];
  /** What the next call of this name is rejected with. */
  refuse: { name: string; failure: Failure } | null = null;

  protected call(name: string, ...args: unknown[]): void {
    this.calls.push([name, ...args]);
    if (this.refuse?.name !== name) return;
    const { failure } = this.refuse;
    this.refuse = null;
    throw failure;
  }
}
