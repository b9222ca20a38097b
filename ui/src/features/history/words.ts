/** Words for runs of the past: how they ended, how much they wrote, how long they took. */

import { took } from '../../components/text';
import type { PastRun } from '../../ipc/dto';
import { plural, t } from '../../messages';

/** How its process ended; null where that is not known. */
export function ending({ exitCode, signal }: PastRun): string | null {
  if (exitCode !== null) return t('run.exit', { code: exitCode });
  return signal === null ? null : t('history.signal', { signal });
}

/** A number of bytes. */
export function bytes(text: string): string {
  const count = Number(text);
  if (count < 1000) return plural('history.bytes', count);
  const [key, unit] = count < 1_000_000 ? (['history.kilobytes', 1000] as const) : (['history.megabytes', 1_000_000] as const);
  return t(key, { n: Math.round((count / unit) * 10) / 10 });
}

/** The time of something quick, in microseconds. */
export function quick(us: string): string {
  const ms = Number(us) / 1000;
  return took(ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms));
}
