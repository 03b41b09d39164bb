import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const tests = join(__dirname, '..');
/** More than any test's cluster has. */
const mostTablets = 16;

/** The first ports of the clusters of test files, which may run at the same time. */
function portBases(): Map<string, number> {
  const bases = new Map<string, number>();
  for (const name of readdirSync(tests, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.test.ts')) continue;
    const found = /(?:PORT_BASE = [^;]*?|portBase: )(\d{1,2}_\d{3})\b/.exec(
      readFileSync(join(tests, name), 'utf8'),
    );
    if (found) bases.set(name, Number(found[1].replace('_', '')));
  }
  return bases;
}

/** All that a cluster from this base may listen on; see "Ports" in docs/ARCHITECTURE.md. */
function portsFrom(base: number): Set<number> {
  const ports = [0, 1, 20, 306, 379, 380, 991, 999].map((offset) => base + offset);
  for (let uid = 100; uid < 100 + mostTablets; uid++)
    ports.push(base + uid, base + 1000 + uid, base + 2000 + uid);
  return new Set(ports);
}

test('no two test files use the same ports', () => {
  const bases = [...portBases()];
  expect(bases.length).toBeGreaterThan(15);
  const clashes = bases.flatMap(([file, base], i) =>
    bases.slice(i + 1).flatMap(([other, otherBase]) => {
      const shared = [...portsFrom(otherBase)].filter((port) => portsFrom(base).has(port));
      return shared.length === 0 ? [] : [`${file} and ${other}: ${shared[0]}`];
    }),
  );
  expect(clashes).toEqual([]);
});
