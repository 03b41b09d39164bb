import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TabletType } from '@vitess-ts/proto/topodata';
import { commands, runCli } from '@vitess-ts/vtctlcommands';
import { startCluster, type TestCluster } from '../../../../services/vtctld/src/testing/cluster.contract';

const goldenFile = join(__dirname, 'golden.json');
const script = readFileSync(join(__dirname, 'script.txt'), 'utf8').trim().split('\n');
/** Of these only the exit code is the same: they sort otherwise, or print sections without a result too. */
const otherwiseSaid = /^Validate( |$|Keyspace|SchemaKeyspace)/;
/** A vtctldclient of Vitess, to compare with. */
const vtctldclient = process.env.VT_VTCTLDCLIENT ?? '';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startCluster();
  await cluster.call('createShard', { keyspace: 'ks', shardName: '0', includeParent: true });
  const { alias } = await cluster.addTablet('zone1', 100, '0', TabletType.PRIMARY);
  await cluster.addTablet('zone1', 101, '0');
  await cluster.topo.updateShardFields('ks', '0', (record) => {
    record.primaryAlias = alias;
    record.primaryTermStartTime = { seconds: 1_700_000_000n, nanoseconds: 0 };
  });
});
afterEach(() => cluster.close());

interface Outcome {
  code: number;
  out: string;
  err: string;
}

const server = (): string => `127.0.0.1:${cluster.vtctld.grpcPort}`;

async function run(words: readonly string[]): Promise<Outcome> {
  const outcome = { out: '', err: '' };
  const code = await runCli(['--server', server(), ...words], {}, {
    out: (text) => void (outcome.out += text),
    err: (text) => void (outcome.err += text),
  });
  return { code, ...outcome };
}

function wordsOf(line: string): string[] {
  return line.split(' ').map((word) => (word === 'alter-vschema-add-table' ? 'ALTER VSCHEMA ADD TABLE product' : word));
}

/** All records there are. */
async function dump(): Promise<string[]> {
  const conn = cluster.opened.embedded?.('');
  const files = (await conn?.list('')) ?? [];
  await conn?.close();
  return files.map(({ path, contents }) => `${path} ${contents.toString('hex')}`);
}

/** JSON where there is some, so that its differences are easy to see. */
const shown = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text.split('\n');
  }
};

describe('a script of commands', () => {
  it('prints what it did before', async () => {
    const results = [];
    for (const line of script) {
      const { code, out, err } = await run(wordsOf(line));
      const stable = err.replace(/[IWE] \d{4}-\d\d-\d\dT[0-9:.]+Z/g, '<time>');
      results.push({ command: line, code, out: shown(out), err: stable });
    }
    expect(script.length).toBeGreaterThanOrEqual(60);
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(goldenFile, `${JSON.stringify(results, null, 2)}\n`);
    expect(results).toEqual(JSON.parse(readFileSync(goldenFile, 'utf8')));
  }, 60_000);

  (vtctldclient === '' ? it.skip : it)('says the same through a vtctldclient of Vitess', async () => {
    const differences: string[] = [];
    for (const line of script) {
      const ours = await (async () => {
        const first = await dump();
        const outcome = await run(wordsOf(line));
        return { outcome, changed: JSON.stringify(first) !== JSON.stringify(await dump()) };
      })();
      // What changes something cannot be done twice; its effect is compared by the commands that look.
      if (ours.changed) continue;
      const theirs = await new Promise<Outcome>((resolve) => {
        execFile(vtctldclient, ['--server', server(), ...wordsOf(line)], (error, out, err) =>
          resolve({ code: error ? 1 : 0, out, err }),
        );
      });
      const same =
        theirs.code === Math.min(ours.outcome.code, 1) &&
        (otherwiseSaid.test(line) || comparable(theirs.out) === comparable(ours.outcome.out));
      if (!same) differences.push(`${line}\n  theirs: ${theirs.code} ${theirs.out}${theirs.err}\n  ours: ${ours.outcome.code} ${ours.outcome.out}${ours.outcome.err}`);
    }
    if (differences.length > 0) process.stderr.write(`${differences.join('\n')}\n`);
    expect(differences).toEqual([]);
  }, 120_000);
});

const tabletTypes: Record<number, string> = { 1: 'PRIMARY', 2: 'REPLICA', 3: 'RDONLY' };

/** Vitess prints lists and maps of records without fields that are not set, and with numbers of enum values. */
function comparable(text: string): string {
  return JSON.stringify(reduced(shown(text.replace(/\s+$/, ''))));
}

function reduced(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reduced);
  if (typeof value !== 'object' || value === null) return value;
  const unset: unknown[] = ['', 0, '0', false, null, 'NORMAL', 'unspecified'];
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, one]): [string, unknown] =>
        ['type', 'served_type'].includes(key) && typeof one === 'number'
          ? [key, tabletTypes[one]]
          : [key, reduced(one)],
      )
      .filter(([, one]) => !unset.includes(one) && JSON.stringify(one) !== '{}' && JSON.stringify(one) !== '[]')
      .sort(([x], [y]) => (x < y ? -1 : 1)),
  );
}

describe('bad input', () => {
  const hostile = ['', '../../etc/passwd', 'a//b', '__proto__', 'a/b/c/../d', "x'; DROP TABLE t", 'ks\u0000', 'x'.repeat(10_000), '\u202e', '$(reboot)'];
  const local = ['completion', 'GenerateShardRanges', 'LegacyVtctlCommand'];

  it('of each command is a clear error, and changes nothing', async () => {
    const before = await dump();
    const wrong: string[] = [];
    const expectError = async (name: string, words: readonly string[]): Promise<void> => {
      const { code, out, err } = await run([name, ...words]);
      const isClear = code === 0 || (err.startsWith('vtctl: ') && err.length > 12 && !/at .*\.ts:|undefined|\[object/.test(err));
      if (!isClear) wrong.push(`${name} ${JSON.stringify(words).slice(0, 200)}: ${code} ${out.slice(0, 100)} ${err.slice(0, 300)}`);
      const looks = /^(Get|Find|Validate|Ping|List)/.test(name) || local.includes(name);
      if (code === 0 && words.length > 0 && !looks) {
        wrong.push(`${name} ${JSON.stringify(words).slice(0, 200)} was taken: ${out.slice(0, 200)}`);
      }
    };
    for (const { name, args: [min, max] } of commands) {
      for (let count = 0; count < min; count++) await expectError(name, Array<string>(count).fill('x'));
      if (max !== Infinity) await expectError(name, Array<string>(max + 1).fill('x'));
      await expectError(name, ['--no-such-flag']);
      for (const word of min > 0 ? hostile : []) await expectError(name, ['--', ...Array<string>(min).fill(word)]);
      for (const word of min > 1 ? hostile.slice(0, 3) : []) {
        await expectError(name, ['--', 'ks', ...Array<string>(min - 1).fill(word)]);
        await expectError(name, ['--', 'ks/0', ...Array<string>(min - 1).fill(word)]);
      }
    }
    expect(wrong).toEqual([]);
    expect(await dump()).toEqual(before);
  }, 120_000);
});

describe('--dry-run', () => {
  it('shows the records that would change, and changes none', async () => {
    const before = await dump();
    const { code, out } = await run(['--dry-run', 'CreateKeyspace', 'made']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      dry_run: true,
      calls: [
        {
          rpc: 'CreateKeyspace',
          changes: [
            { path: '/global/keyspaces/made/Keyspace', before: null, after: { sidecar_db_name: '_vt' } },
            { path: '/global/keyspaces/made/VSchema', before: null },
            { path: '/zone1/SrvVSchema' },
            { path: '/zone2/SrvVSchema' },
          ],
          tablet_calls: [],
        },
      ],
    });
    const told = await run(['SetWritable', '--dry-run', 'zone1-100', 'false']);
    expect(JSON.parse(told.out)).toMatchObject({
      calls: [{ changes: [], tablet_calls: [{ tablet: 'zone1-0000000100', rpc: 'SetReadOnly' }] }],
    });
    expect(cluster.tablets.calls).toEqual([]);
    expect(await dump()).toEqual(before);
    expect((await run(['DeleteKeyspace', '--dry-run', 'none'])).code).toBe(1);
  });
});

describe('the first vtctl', () => {
  it('is understood: its names, its flags with one dash, its output as log events', async () => {
    const list = await run(['LegacyVtctlCommand', '--', 'ListAllTablets', 'zone1']);
    expect(list).toMatchObject({ code: 0, out: expect.stringMatching(/^zone1-0000000100 ks 0 primary .*\nzone1-0000000101 /) });
    const made = await run(['LegacyVtctlCommand', '--', 'CreateKeyspace', '-durability_policy=semi_sync', 'old']);
    expect(made).toMatchObject({ code: 0, out: expect.stringContaining('Successfully created keyspace old') });
    expect((await run(['GetKeyspace', '--compact', 'old'])).out).toContain('semi_sync');
    const failed = await run(['LegacyVtctlCommand', '--', 'GetKeyspace', 'none']);
    expect(failed).toMatchObject({ code: 1, err: expect.stringContaining("node doesn't exist") });
  });

  it('and the audit log tells of it', async () => {
    await run(['CreateKeyspace', 'made']);
    const { out } = await run(['GetAuditLog', '--limit', '1']);
    expect(out).toMatch(/CreateKeyspace 127\.0\.0\.1\S* ok\n {4}\/global\/keyspaces\/made\/Keyspace\n {4}\+ \{/);
  });
});
