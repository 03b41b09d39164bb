import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqlError } from '@vitess-ts/vterrors';
import { createLogger, fileSink, type LoggerOptions } from './log';

function build(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const sink = { write: (line: string) => void lines.push(line), close: () => undefined };
  const log = createLogger({ component: 'vtgate', sink, now: () => 0, ...options });
  const parsed = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { log, lines, parsed };
}

test('one JSON line a call, with the fields of the logger and of the call', () => {
  const { log, lines } = build();
  log.child('executor', { keyspace: 'commerce' }).warn('slow query', { totalMs: 12 });
  expect(lines).toEqual([
    '{"time":"1970-01-01T00:00:00.000Z","level":"warn","component":"vtgate/executor","msg":"slow query","keyspace":"commerce","totalMs":12}\n',
  ]);
});

test('levels under the threshold cost nothing and write nothing', () => {
  const { log, lines } = build({ level: 'warn' });
  log.info('x');
  expect(lines).toEqual([]);
  expect([log.isEnabled('info'), log.isEnabled('error')]).toEqual([false, true]);
});

test('errors, bigints, cycles and failing fields are safe', () => {
  const { log, parsed } = build();
  const cycle: Record<string, unknown> = { name: 'a' };
  cycle.self = cycle;
  const shared = { x: 1 };
  log.error('failed', {
    error: new SqlError(1062, '23000', 'Duplicate entry', { cause: new Error('below') }),
    big: 2n ** 63n,
    cycle,
    twice: [shared, shared],
  });
  log.info('still here', {
    bad: {
      toJSON() {
        throw new Error('no JSON');
      },
    },
  });
  log.info('not faked', { level: 'error', time: 'never' });
  const [first, second, third] = parsed();
  expect(first).toMatchObject({
    error: { name: 'SqlError', message: 'Duplicate entry', errno: 1062, cause: { message: 'below' } },
    big: '9223372036854775808',
    cycle: { name: 'a', self: '[circular]' },
    twice: [{ x: 1 }, { x: 1 }],
  });
  expect(second).toMatchObject({ msg: 'still here', unserialisable: 'Error: no JSON' });
  expect(third).toMatchObject({ level: 'info', time: '1970-01-01T00:00:00.000Z' });
});

test('a line has a limit', () => {
  const { log, lines, parsed } = build();
  log.info('big', { sql: 'x'.repeat(200_000) });
  expect(lines[0].length).toBeLessThan(70_000);
  expect(parsed()[0]).toMatchObject({ msg: 'big', truncated: expect.any(Number) as number });
});

test('text', () => {
  const { log, lines } = build({ format: 'text' });
  log.info('listens\non', { host: '::1', port: 1, note: 'two words' });
  expect(lines).toEqual([
    '1970-01-01T00:00:00.000Z INFO  vtgate: listens on host=::1 port=1 note="two words"\n',
  ]);
});

test('a file gets its folder and is appended to', () => {
  const dir = mkdtempSync(join(tmpdir(), 'log-'));
  try {
    const path = join(dir, 'logs', 'vtgate.log');
    for (const msg of ['one', 'two']) {
      const sink = fileSink(path);
      createLogger({ component: 'c', sink, format: 'text', now: () => 0 }).info(msg);
      sink.close();
      sink.write('after close is dropped\n', 'info');
    }
    expect(readFileSync(path, 'utf8').match(/one|two|dropped/g)).toEqual(['one', 'two']);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
