// `npm test [-- JEST OPTIONS]`: all set-up, then the whole test run. Lint, types, tiers and the wire check are tests of
// it too (test/repository).
import { spawnSync } from 'node:child_process';
import { build, root } from './build.mjs';
import { MARIADB, TEST_SERVERS, ensurePackages, offerPackages } from './prerequisites.mjs';

ensurePackages({ ...MARIADB, 'mariadb-client': 'mariadb-dump', ...TEST_SERVERS });
// Their tests are skipped without them.
offerPackages({ 'etcd-client': 'etcdctl', chromium: 'chromium' });
build();
const result = spawnSync(process.execPath, ['node_modules/jest/bin/jest.js', ...process.argv.slice(2)], {
  cwd: root,
  stdio: ['ignore', 'inherit', 'inherit'],
});
process.exit(result.status ?? 1);
