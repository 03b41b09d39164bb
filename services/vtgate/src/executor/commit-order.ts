import type { ShardSession } from '../session/session';

const ranks = { pre: 0, normal: 1, post: 2 } as const;

/** Entries of consistent lookups before the rows that they are of, those that go after them; else as they joined. */
export function inCommitOrder(open: readonly ShardSession[]): ShardSession[] {
  const rank = (s: ShardSession): number => ranks[s.commitOrder ?? 'normal'];
  return [...open].sort((a, b) => rank(a) - rank(b));
}
