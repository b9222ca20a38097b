import { expect, test } from 'vitest';
import { lazy } from '../src/state/lazy';

test('a part is loaded once, when it is needed, and tried again where it could not be', async () => {
  let tries = 0;
  const part = lazy(async () => {
    tries += 1;
    if (tries === 1) throw new Error('gone');
    return tries;
  });
  expect(tries).toBe(0);
  await expect(part()).rejects.toThrow('gone');
  expect(await Promise.all([part(), part()])).toEqual([2, 2]);
  expect(tries).toBe(2);
});
