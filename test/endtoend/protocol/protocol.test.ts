import { describeCommands } from './commands.contract';
import { describePrepared } from './prepared.contract';
import { startProtocolCluster, type ProtocolCluster } from './protocol-cluster.contract';
import { RawClient } from './raw-client.contract';
import { describeTypes, typesRows, typesTable } from './types.contract';

const PORT_BASE = 4_400;

const table = `create table pt (id bigint primary key, a int, f float, dt datetime(6), d date, ti time(3), b bit(5),
  y year)`;
const rows = `insert into pt values
  (1, 2, 1.5, '2024-01-02 03:04:05', '2024-02-03', '-12:34:56.789', 5, 2020),
  (2, null, -0.25, '0000-00-00', '0000-00-00', '00:00:00', 0, 0),
  (3, -7, null, '2024-01-02 00:00:00.000001', '1000-01-01', '838:59:59', 31, 1901)`;

/** The packets of the gate next to those of MariaDB. */
describe('the MySQL protocol', () => {
  jest.setTimeout(120_000);
  let started: ProtocolCluster;

  beforeAll(async () => {
    started = await startProtocolCluster(PORT_BASE);
    const gate = await RawClient.connect(started.gate);
    await gate.query(table);
    await gate.query("set sql_mode = ''");
    for (const sql of [rows, typesTable, ...typesRows]) {
      const [answer] = await gate.query(sql);
      if (answer[0] !== 0) throw new Error(answer.toString());
    }
    gate.end();
  });
  afterAll(() => started?.stop());

  describePrepared(() => started);
  describeTypes(() => started);
  describeCommands(() => started);
});
