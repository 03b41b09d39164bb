import { tpchQueries } from './queries';
import { TpchPair } from './tpch-pair';

describe('TPC-H on four shards', () => {
  jest.setTimeout(300_000);
  let pair: TpchPair;
  const scratch = new Set<string>();

  beforeAll(async () => {
    pair = await TpchPair.start({ scale: 0.002, shards: 4, portBase: 28_600 });
  });

  afterAll(() => pair?.stop());

  test.each(tpchQueries)('$name has the rows, names and types of one server', async (query) => {
    const { differences, rows, scratch: usedScratch } = await pair.run(query);
    if (usedScratch) scratch.add(query.name);
    expect(differences).toEqual([]);
    expect(rows).toBeGreaterThan(0);
  });

  test('no query needs scratch tables', () => {
    expect([...scratch]).toEqual([]);
  });
});
