import { MysqlConnection, NoAuthenticator, StaticAuthenticator, type Authenticator } from '@vitess-ts/mysql';
import type { CallContext } from '@vitess-ts/queryservice';
import { RowBatch, Type, emptyResult, makeField, type BindVariables, type Result } from '@vitess-ts/sqltypes';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import * as mysql2 from 'mysql2/promise';
import * as mariadb from 'mariadb';
import type { Gateway } from '../executor/gateway';
import { until } from '../gateway/fake-discovery.contract';
import type { Session } from '../session/session';
import type { StatementExecutor } from './front-session';
import { MysqlFront } from './mysql-front';

interface Seen {
  session: Session;
  sql: string;
  encoding: string;
  call: CallContext;
}

/** Answers some statements as the real one would, and remembers all. */
class FakeExecutor implements StatementExecutor {
  readonly seen: Seen[] = [];
  readonly fields = [
    makeField('id', Type.INT64, {
      database: 'vt_commerce',
      table: 'product',
      orgTable: 'product',
      orgName: 'id',
    }),
    makeField('name', Type.VARCHAR, { database: 'vt_other', table: 'product', charset: 45 }),
  ];
  ended = 0;

  async *execute(
    session: Session,
    sql: string,
    _bindVariables: BindVariables,
    call: CallContext & { signal: AbortSignal },
    encoding: 'utf8' | 'latin1' = 'utf8',
  ): AsyncGenerator<Result> {
    this.seen.push({ session, sql, encoding, call });
    await Promise.resolve();
    try {
      yield* this.answer(session, sql, call.signal);
    } finally {
      this.ended++;
    }
  }

  private async *answer(session: Session, sql: string, signal: AbortSignal): AsyncGenerator<Result> {
    session.warnings = [];
    switch (sql) {
      case 'begin':
        session.inTransaction = true;
        yield emptyResult();
        return;
      case 'update':
        yield emptyResult({ rowsAffected: session.clientFoundRows ? 1n : 0n, insertId: 7n });
        return;
      case 'warn':
        session.warnings = [{ level: 'Warning', code: 1264, message: 'out of range' }];
        yield emptyResult();
        return;
      case 'stream':
        yield this.rows([1]);
        for (let i = 2; i < 2000; i++) yield { ...this.rows([i]), fields: [] };
        return;
      case 'fail':
        throw new SqlError(1146, '42S02', "Table 'vt_commerce.nope' doesn't exist");
      case 'refuse':
        throw new VtError(Code.UNIMPLEMENTED, 'unsupported: this');
      case 'hang':
        await new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        });
        return;
      case 'hello':
        yield { ...this.rows([]), rows: RowBatch.from(2, [[Buffer.from('5'), null]]) };
        return;
      default:
        yield this.rows([1, 2]);
    }
  }

  private rows(ids: number[]): Result {
    const rows = ids.map((id) => [Buffer.from(String(id)), Buffer.from('é')]);
    return emptyResult({ fields: this.fields, rows: RowBatch.from(2, rows) });
  }
}

const gateway = {
  keyspaces: () => ['commerce'],
  shards: () => [{ name: '0', keyRange: { start: Buffer.alloc(0), end: Buffer.alloc(0) } }],
} as unknown as Gateway;

describe('MysqlFront', () => {
  let executor: FakeExecutor;
  let front: MysqlFront;
  let port: number;
  let released: Session[];
  let errors: unknown[];

  beforeEach(() => open(new NoAuthenticator()));
  afterEach(() => front.stop(0));

  async function open(authenticator: Authenticator): Promise<void> {
    executor = new FakeExecutor();
    released = [];
    errors = [];
    front = new MysqlFront({
      executor,
      describer: {
        describe: (_session, sql) => {
          const parameters = sql.split('?').length - 1;
          const limitParameters = new Set(sql.includes('limit ?') ? [parameters - 1] : []);
          return Promise.resolve({ parameters, normalized: true, fields: [], limitParameters });
        },
      },
      gateway,
      flavor: 'mariadb',
      serverVersion: '10.11.6-MariaDB-vitess-ts',
      authenticator,
      host: '127.0.0.1',
      port: 0,
      releaseAll: (session) => {
        released.push(session);
        session.inTransaction = false;
        return Promise.resolve();
      },
      onError: (error) => errors.push(error),
    });
    port = (await front.start())!;
  }

  const connect = (more: mysql2.ConnectionOptions = {}): Promise<mysql2.Connection> =>
    mysql2.createConnection({ host: '127.0.0.1', port, user: 'app', ...more });

  it('answers queries of mysql2 and shows the keyspace for its schema', async () => {
    const client = await connect({ database: 'commerce' });
    const [rows, fields] = await client.query('select * from product');
    expect(rows).toEqual([
      { id: 1, name: 'é' },
      { id: 2, name: 'é' },
    ]);
    const described = fields as unknown as { schema?: string; db?: string }[];
    expect(described.map((f) => f.schema ?? f.db)).toEqual(['commerce', 'vt_other']);
    const { session, call } = executor.seen[0];
    expect(session.target.keyspace).toBe('commerce');
    expect(session.user).toBe('app');
    expect(call.immediateCallerId).toMatchObject({ username: 'app' });
    expect(call.effectiveCallerId).toMatchObject({ principal: 'app' });
    await client.end();
  });

  it('answers the mariadb client', async () => {
    const client = await mariadb.createConnection({ host: '127.0.0.1', port, user: 'app' });
    const rows: unknown = await client.query('hello');
    expect(rows).toEqual([expect.objectContaining({ id: 5n, name: null })]);
    await client.end();
  });

  it('streams results of many chunks', async () => {
    const client = await connect();
    const [rows] = await client.query('stream');
    expect(rows).toHaveLength(1999);
    await client.end();
  });

  it('tells what a server said, with keyspaces for schemas, and what the gate says', async () => {
    const client = await connect();
    await expect(client.query('fail')).rejects.toMatchObject({
      errno: 1146,
      sqlState: '42S02',
      message: "Table 'commerce.nope' doesn't exist",
    });
    await expect(client.query('refuse')).rejects.toMatchObject({ errno: 1235, sqlState: '42000' });
    await client.end();
  });

  it('refuses an unknown database, at login and later, and goes on', async () => {
    await expect(connect({ database: 'nope' })).rejects.toMatchObject({ errno: 1049 });
    const client = await connect();
    await expect(client.changeUser({ database: 'nope' })).rejects.toMatchObject({ errno: 1049 });
    client.destroy();
  });

  it('splits statements only for clients that asked for it', async () => {
    const single = await connect();
    await single.query('update; update').catch(() => undefined);
    expect(executor.seen.map((s) => s.sql)).toEqual(['update; update']);
    await single.end();
    const several = await connect({ multipleStatements: true });
    const [results] = await several.query("select ';' ; hello ;");
    expect(results).toHaveLength(2);
    expect(executor.seen.slice(1).map((s) => s.sql)).toEqual(["select ';'", 'hello']);
    await expect(several.query('hello; fail; hello')).rejects.toMatchObject({ errno: 1146 });
    expect(executor.seen.slice(3).map((s) => s.sql)).toEqual(['hello', 'fail']);
    await several.end();
  });

  it('counts matched rows for clients that ask for found rows', async () => {
    const found = await connect();
    const changed = await connect({ flags: ['-FOUND_ROWS'] });
    expect((await found.query<mysql2.ResultSetHeader>('update'))[0]).toMatchObject({
      affectedRows: 1,
      insertId: 7,
    });
    expect((await changed.query<mysql2.ResultSetHeader>('update'))[0]).toMatchObject({ affectedRows: 0 });
    await Promise.all([found.end(), changed.end()]);
  });

  it('shows warnings and the transaction in the status of each answer', async () => {
    const client = await connect();
    expect((await client.query<mysql2.ResultSetHeader>('warn'))[0]).toMatchObject({
      warningStatus: 1,
      serverStatus: 2,
    });
    expect((await client.query<mysql2.ResultSetHeader>('begin'))[0]).toMatchObject({
      warningStatus: 0,
      serverStatus: 3,
    });
    await client.end();
  });

  it('releases what the session holds at reset and at the end', async () => {
    const client = await connect({ database: 'commerce' });
    await client.query('begin');
    const { session } = executor.seen[0];
    await client.reset();
    expect(released).toEqual([session]);
    await client.query('hello');
    const after = executor.seen[1].session;
    expect(after).not.toBe(session);
    expect(after.target.keyspace).toBe('commerce');
    await client.end();
    await until(() => released.includes(after), 'the session is closed');
  });

  it('keeps bytes that are no UTF-8, one character a byte', async () => {
    const client = await MysqlConnection.connect({ host: '127.0.0.1', port, user: 'app' });
    const bytes = Buffer.concat([
      Buffer.from("select _binary'"),
      Buffer.from([0xff, 0x00, 0xc3]),
      Buffer.from("'"),
    ]);
    await client.query(bytes, { timeoutMs: 5000 });
    const { sql, encoding } = executor.seen[0];
    expect(encoding).toBe('latin1');
    expect(Buffer.from(sql, 'latin1')).toEqual(bytes);
    await client.close();
  });

  it('ends a statement that is killed, by a statement and by the connection', async () => {
    const victim = await connect();
    const killer = await connect();
    const stranger = await connect({ user: 'other' });
    const hanging = victim.query('hang');
    const failure = expect(hanging).rejects.toMatchObject({ errno: 1317, sqlState: '70100' });
    await until(() => executor.seen.length === 1, 'the statement runs');
    await expect(stranger.query(`kill query ${victim.threadId}`)).rejects.toMatchObject({ errno: 1095 });
    await expect(killer.query('kill query 4000000')).rejects.toMatchObject({ errno: 1094 });
    await killer.query(`KILL QUERY ${victim.threadId}`);
    await failure;
    await victim.query('hello');
    victim.on('error', () => undefined);
    await killer.query(`kill ${victim.threadId}`);
    await until(() => front.connectionCount === 2, 'the connection is gone');
    await Promise.all([killer.end(), stranger.end()]);
  });

  it('lets in only users with their password when there are users', async () => {
    await front.stop(0);
    await open(
      new StaticAuthenticator({ app: [{ password: 'secret', username: 'app_user', groups: ['writers'] }] }),
    );
    await expect(connect({ password: 'wrong' })).rejects.toMatchObject({ errno: 1045 });
    const client = await connect({ password: 'secret' });
    await client.query('hello');
    expect(executor.seen[0].call.immediateCallerId).toEqual({ username: 'app_user', groups: ['writers'] });
    await client.end();
  });

  it('stops when transactions have ended, or when the grace is over', async () => {
    const client = await connect();
    client.on('error', () => undefined);
    await client.query('begin');
    const stopping = front.stop(5000);
    await expect(connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    executor.seen[0].session.inTransaction = false;
    await client.query('hello');
    await stopping;
    expect(released).toHaveLength(1);
    expect(errors).toEqual([]);
  });
});
