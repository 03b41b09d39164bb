import { SequenceRun } from './sequence-run';

const PORT_BASE = 19_400;

test('no id of a sequence is given twice, over two gates, whatever dies', async () => {
  const run = await SequenceRun.start(PORT_BASE);
  try {
    const figures = await run.take(8, 1000, ['second gate', 'vttablet', 'mysqld', 'gate']);
    process.stdout.write(
      `ids: ${figures.given} given through two gates, ${figures.kills} kills, ${figures.failures} failures, largest ${figures.largest}\n`,
    );
    expect(figures).toMatchObject({ given: 8000, twice: [], kills: 4 });
    // Else nobody noticed the kills.
    expect(figures.failures).toBeGreaterThan(0);
  } finally {
    await run.stop();
  }
}, 240_000);
