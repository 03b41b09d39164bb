import { Deferred } from '@vitess-ts/base';
import type { MysqlConnection } from '@vitess-ts/mysql';
import { emptyResult, type Result } from '@vitess-ts/sqltypes';
import { Code, SqlError } from '@vitess-ts/vterrors';
import { Killer } from './killer';
import { StatementRunner, type StatementOptions } from './statement-runner';

const interrupted = (): SqlError => new SqlError(1317, '70100', 'Query execution was interrupted');

/** A connection that answers when the test says so. */
class FakeConnection {
  connectionId = 7;
  serverVersion = '10.11.19-MariaDB';
  isAlive = true;
  isBusy = false;
  readonly asked: string[] = [];
  readonly answers: Deferred<Result>[] = [];

  query(sql: string | Buffer): Promise<Result> {
    this.asked.push(sql.toString());
    const answer = new Deferred<Result>();
    this.answers.push(answer);
    return answer.promise;
  }

  destroy(): void {
    this.isAlive = false;
  }
}

function setUp() {
  const connection = new FakeConnection();
  const kills: { sql: string; answer: Deferred<void> }[] = [];
  const errors: unknown[] = [];
  const killer = new Killer(
    {
      runKill: (sql) => {
        const answer = new Deferred<void>();
        kills.push({ sql, answer });
        return answer.promise;
      },
    },
    (error) => errors.push(error),
  );
  const runner = new StatementRunner(killer, 10);
  const abort = new AbortController();
  const options: StatementOptions = {
    signal: abort.signal,
    session: { timeoutMs: 0 },
    timeoutMs: 0,
    maxRows: Infinity,
    selectLimit: Infinity,
    isSelect: true,
    limitable: true,
    stateful: false,
  };
  let ended: unknown;
  const running = runner
    .execute(connection as unknown as MysqlConnection, Buffer.from('SELECT 1'), options)
    .catch((error: unknown) => error)
    .then((outcome) => (ended = outcome));
  return { connection, kills, errors, abort, running, isEnded: () => ended !== undefined };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a statement whose request is aborted', () => {
  test('ends only when the KILL was answered and a statement without effect has run', async () => {
    const { connection, kills, abort, running, isEnded } = setUp();
    abort.abort();
    expect(kills.map((k) => k.sql)).toEqual(['KILL QUERY 7']);
    connection.answers[0].reject(interrupted());
    await turn();
    expect(connection.asked).toEqual(['SELECT 1']);
    kills[0].answer.resolve();
    await turn();
    expect(connection.asked).toEqual(['SELECT 1', 'DO 0']);
    expect(isEnded()).toBe(false);
    connection.answers[1].resolve(emptyResult());
    expect(await running).toMatchObject({ code: Code.CANCELED });
    expect(connection.isAlive).toBe(true);
  });

  test('takes the late kill with the statement without effect', async () => {
    const { connection, kills, abort, running } = setUp();
    abort.abort();
    connection.answers[0].resolve(emptyResult({ rowsAffected: 5n }));
    kills[0].answer.resolve();
    await turn();
    connection.answers[1].reject(interrupted());
    expect(await running).toMatchObject({ rowsAffected: 5n });
    expect(connection.isAlive).toBe(true);
  });

  test('loses the connection when mysqld cannot be told to kill', async () => {
    const { connection, kills, errors, abort, running } = setUp();
    abort.abort();
    kills[0].answer.reject(new SqlError(2002, 'HY000', 'no connection'));
    await turn();
    expect(connection.isAlive).toBe(false);
    expect(errors).toHaveLength(1);
    connection.answers[0].reject(new SqlError(2013, 'HY000', 'Lost connection'));
    expect(await running).toMatchObject({ code: Code.CANCELED });
    expect(connection.asked).toEqual(['SELECT 1']);
  });
});
