import { fuzzCommands, generator, halfOpenHandshakes } from './fuzz.contract';
import { Loopback, until } from './loopback.contract';

/*
 * A small part in each run; VT_FUZZ_PACKETS and VT_FUZZ_CONNECTIONS make it as long as one likes, VT_FUZZ_SEED another.
 */
const packets = Number(process.env['VT_FUZZ_PACKETS'] ?? 20_000);
const connections = Number(process.env['VT_FUZZ_CONNECTIONS'] ?? 500);
const seed = Number(process.env['VT_FUZZ_SEED'] ?? 1);

describe('clients that send anything at all', () => {
  jest.setTimeout(3_600_000);
  const loopback = new Loopback();
  beforeEach(() => loopback.start({ connectTimeoutMs: 60_000 }));
  afterEach(() => loopback.stop());

  async function undisturbed(attack: () => Promise<unknown>): Promise<void> {
    const client = await loopback.connect();
    let over = false;
    const attacking = attack().finally(() => (over = true));
    let answers = 0;
    while (!over) {
      const { rows } = await client.query(`answer ${answers}`);
      expect(rows.value(0, 0)?.toString()).toBe(`answer ${answers++}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await attacking;
    expect(answers).toBeGreaterThan(0);
    await client.close();
    await until('all others are gone', () => loopback.server.connectionCount === 0);
    await until('their sessions are closed', () => {
      const { calls, clients } = loopback.script;
      return calls.filter((call) => call === 'close').length === clients.length;
    });
    expect(loopback.server.statementBudget.count).toBe(0);
  }

  test(`${packets} malformed commands leave no trace`, async () => {
    await undisturbed(() => fuzzCommands(loopback.server.port!, packets, generator(seed)));
  });

  test(`${connections} half-open handshakes leave no trace`, async () => {
    await undisturbed(() => halfOpenHandshakes(loopback.server.port!, connections, generator(seed)));
  });
});
