import type { LockWait } from '@vitess-ts/proto/vtpipeline';

/**
 * The groups of transactions that wait for each other in a circle: each transaction of a group can reach every other one
 * by following who it waits for.
 */
export function deadlockedTransactions(waits: readonly LockWait[]): string[][] {
  const blockers = new Map<string, Set<string>>();
  for (const { waiting, blocking } of waits) {
    let set = blockers.get(waiting);
    if (set === undefined) blockers.set(waiting, (set = new Set()));
    set.add(blocking);
  }
  return [...blockers.keys()]
    .filter((name) => reachable(name, blockers).has(name))
    .reduce<string[][]>((groups, name) => {
      const mine = reachable(name, blockers);
      const group = groups.find(([first]) => mine.has(first) && reachable(first, blockers).has(name));
      if (group) group.push(name);
      else groups.push([name]);
      return groups;
    }, []);
}

/** What can be reached from a transaction in one step or more. */
function reachable(from: string, blockers: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const found = new Set<string>();
  const open = [...(blockers.get(from) ?? [])];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    open.push(...(blockers.get(name) ?? []));
  }
  return found;
}
