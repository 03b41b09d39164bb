import { AbortedQueries, ENDINGS, KINDS, isNothing, type Memory } from './aborted-queries';

/** A shard may go on for so long with a query that nobody waits for. */
const STOP_LIMIT_MS = 1000;
const SETTLE_LIMIT_MS = 30_000;
/** Memory grows until pools and caches are full: it is compared from here on. */
const WARM_UP = 1000;
/** What garbage collection may not have taken yet. */
const GROWTH_LIMIT_BYTES = 48 << 20;

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const mega = (bytes: number): string => `${(bytes / 1048576).toFixed(1)} MB`;

/** Breaks off many queries and prints what is left of them; resolves to the exit code. */
export async function abortedSoak(portBase: number, count: number): Promise<number> {
  const aborted = await AbortedQueries.start(portBase);
  try {
    await aborted.abort(WARM_UP);
    await aborted.settled(SETTLE_LIMIT_MS);
    const before = await aborted.memory();
    for (let done = 0; done < count; done += 500) {
      await aborted.abort(Math.min(500, count - done));
      process.stderr.write(`${Math.min(done + 500, count)} of ${count}\n`);
    }
    const { left, ms } = await aborted.settled(SETTLE_LIMIT_MS);
    const after = await aborted.memory();
    const longest = await timesToStop(aborted);
    print(`${count} queries broken off: ${KINDS.join(', ')}`);
    print(`in turn by: ${ENDINGS.join(', ')}`);
    print(`left ${Math.round(ms)} ms after the last one: ${JSON.stringify(left)}`);
    print(`memory after ${WARM_UP} and after ${WARM_UP + count}: ${memoryText(before, after)}`);
    const growth = Math.max(after.gateHeap - before.gateHeap, after.tabletHeap - before.tabletHeap);
    const ok = isNothing(left) && longest < STOP_LIMIT_MS && growth < GROWTH_LIMIT_BYTES;
    print(ok ? 'Nothing is left, and all shards stop within 1 s.' : 'FAILED');
    return ok ? 0 : 1;
  } finally {
    await aborted.stop();
  }
}

async function timesToStop(aborted: AbortedQueries): Promise<number> {
  let longest = 0;
  print('until no shard runs the query, ms    ' + ENDINGS.map((e) => e.padStart(16)).join(''));
  for (const kind of KINDS) {
    const times: number[] = [];
    for (const ending of ENDINGS) times.push(await aborted.timeToStop(kind, ending));
    longest = Math.max(longest, ...times);
    print(kind.padEnd(37) + times.map((t) => String(Math.round(t)).padStart(16)).join(''));
  }
  return longest;
}

function memoryText(before: Memory, after: Memory): string {
  const parts: [string, keyof Memory][] = [
    ['heap of vtgate', 'gateHeap'],
    ['resident of vtgate', 'gateResident'],
    ['largest heap of a vttablet', 'tabletHeap'],
  ];
  return parts.map(([name, key]) => `${name} ${mega(before[key])} -> ${mega(after[key])}`).join(', ');
}
