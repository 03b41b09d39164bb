import { BenchUsageError, parseBenchOptions } from './bench-options';
import { median } from './query-report';
import { parseSysbench } from './sysbench';

describe('parseBenchOptions', () => {
  it('takes values behind a blank or an equals sign', () => {
    const options = parseBenchOptions(['--threads', '1,8', '--seconds=7', '--targets=direct,processes']);
    expect(options).toMatchObject({ threads: [1, 8], seconds: 7, targets: ['direct', 'processes'] });
  });

  it.each([
    [['--threads', '0']],
    [['--threads', '1.5']],
    [['--targets', 'postgres']],
    [['--workloads', 'x; rm']],
    [['--seconds']],
    [['nonsense']],
  ])('refuses %j', (argv) => {
    expect(() => parseBenchOptions(argv)).toThrow(BenchUsageError);
  });
});

describe('parseSysbench', () => {
  const output = `SQL statistics:
    queries performed:
        total:                           400
    transactions:                        20     (3.99 per sec.)
    queries:                             400    (79.82 per sec.)
    ignored errors:                      1      (0.20 per sec.)
    reconnects:                          0      (0.00 per sec.)
General statistics:
    total time:                          5.0110s
Latency (ms):
         95th percentile:                        2.57
`;

  it('reads the figures', () => {
    expect(parseSysbench(output)).toEqual({
      queries: 400,
      queriesPerSecond: 79.82,
      transactions: 20,
      ignoredErrors: 1,
      reconnects: 0,
      p95Ms: 2.57,
      seconds: 5.011,
    });
  });

  it('does not take other output for figures', () => {
    expect(() => parseSysbench('FATAL: no connection')).toThrow(/FATAL/);
  });
});

test('median', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1])).toBe(2.5);
});
