import type { MysqlConnection } from '@vitess-ts/mysql';
import { corpusKeyspaces } from './corpus-database';
import { allTables, startCorpusServers, type CorpusServers } from './corpus-servers';
import { CorpusRunner } from './run-corpus';
import { statements, vschema } from './statements';

/** `npm run conformance` runs the large corpora; these are statements of the same kinds. */
describe('a cluster answers as one MariaDB', () => {
  jest.setTimeout(300_000);
  let servers: CorpusServers;
  let runner: CorpusRunner;
  let gate: MysqlConnection;
  let single: MysqlConnection;

  beforeAll(async () => {
    const keyspaces = corpusKeyspaces(vschema);
    servers = await startCorpusServers(keyspaces, { portBase: 13_500, shards: () => 2 });
    gate = await servers.cluster.connect();
    single = await servers.mariadb.connect({ database: allTables });
    const columns = new Set(keyspaces.flatMap((k) => k.tables.flatMap((t) => t.columns)));
    runner = new CorpusRunner(gate, single, (name) => columns.has(name));
  });

  afterAll(async () => {
    await gate?.close();
    await single?.close();
    await servers?.stop();
  });

  test.each(Object.entries(statements))('%s', async (_about, queries) => {
    const different: string[] = [];
    for (const query of queries) {
      const { verdict, details } = await runner.run({ file: '', query });
      if (verdict !== 'same' && verdict !== 'both refuse')
        different.push(`${verdict}: ${query}\n  ${details}`);
    }
    expect(different).toEqual([]);
  });
});
