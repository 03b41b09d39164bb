import type { LookupEntry } from '@vitess-ts/vindexes';

/** A step in the list of entries that go at commit: one more, or one that stays after all. */
export interface PendingRemoval {
  kind: 'remove' | 'keep';
  entry: LookupEntry;
  /** Number of savepoints that the transaction had set before. */
  savepoints: number;
}

/** What the steps come to. */
export function removalsIn(steps: readonly PendingRemoval[]): LookupEntry[] {
  let entries: LookupEntry[] = [];
  for (const { kind, entry } of steps) {
    entries = entries.filter((e) => !sameEntry(e, entry));
    if (kind === 'remove') entries.push(entry);
  }
  return entries;
}

/** The steps that are left when the transaction returns to its savepoint number `kept` (counted from 1). */
export function rolledBack(steps: readonly PendingRemoval[], kept: number): PendingRemoval[] {
  return steps.filter((step) => step.savepoints < kept);
}

/** The steps after the savepoints behind the first `kept` are gone, while what was done since stays. */
export function released(steps: readonly PendingRemoval[], kept: number): PendingRemoval[] {
  return steps.map((step) => (step.savepoints > kept ? { ...step, savepoints: kept } : step));
}

/** The steps after savepoint number `position` (counted from 0) is gone and those behind it moved up. */
export function withoutSavepoint(steps: readonly PendingRemoval[], position: number): PendingRemoval[] {
  return steps.map((step) =>
    step.savepoints > position ? { ...step, savepoints: step.savepoints - 1 } : step,
  );
}

function sameEntry(a: LookupEntry, b: LookupEntry): boolean {
  return (
    a.keyspace === b.keyspace &&
    a.vindex === b.vindex &&
    a.id.equals(b.id) &&
    a.values.length === b.values.length &&
    a.values.every((value, i) => value.value.equals(b.values[i].value))
  );
}
