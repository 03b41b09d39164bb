import { AbortedQueries, KINDS, type Ending } from './aborted-queries';

const PORT_BASE = 7_400;
/** Longest that a shard may go on with a query that nobody waits for; machines that test are busy. */
const STOP_LIMIT_MS = 5_000;
const SETTLE_LIMIT_MS = 20_000;

/** Whatever becomes of a client, its query ends on all shards and leaves nothing. */
describe('queries that are broken off', () => {
  jest.setTimeout(300_000);
  let aborted: AbortedQueries;

  beforeAll(async () => {
    aborted = await AbortedQueries.start(PORT_BASE);
  });

  afterAll(async () => {
    await aborted?.stop();
  });

  test.each<[string, Ending]>([
    ['route', 'close'],
    ['aggregate', 'kill query'],
    ['scratch of two tables', 'close'],
    ['join', 'deadline'],
  ])('shards stop: %s, %s', async (kind, ending) => {
    expect(await aborted.timeToStop(kind, ending)).toBeLessThan(STOP_LIMIT_MS);
  });

  test('nothing is left of 180 of them', async () => {
    const aborting = aborted.abort(180);
    // Else nothing was proven: what is looked for is seen while queries run.
    const seen = await aborted.seenUntil(aborting);
    expect(seen).toEqual({ running: true, inUse: true, clients: true, scratch: true });
    const { left } = await aborted.settled(SETTLE_LIMIT_MS);
    expect(left).toEqual({ running: [], inUse: [], temporaryFiles: [], clients: 0, scratch: 0 });
    expect(new Set([...aborted.counts.keys()].map((key) => key.split(', ')[0]))).toEqual(new Set(KINDS));
  });
});
