import type { Client } from '@grpc/grpc-js';
import { Session as ProtoSession, type StreamExecuteResponse } from '@vitess-ts/proto/vtgate';
import { VitessService } from '@vitess-ts/proto/vtgateservice';
import type { CallContext } from '@vitess-ts/queryservice';
import { createChannel, GrpcServer, serverStream, silentLogger, unary } from '@vitess-ts/servenv';
import {
  RowBatch,
  Type,
  emptyResult,
  int64BindVariable,
  makeField,
  resultFromProto,
  type BindVariables,
  type Result,
} from '@vitess-ts/sqltypes';
import { Code, SqlError } from '@vitess-ts/vterrors';
import { until } from '../gateway/fake-discovery.contract';
import type { StatementDescription } from '../executor/statement-describer';
import type { StatementExecutor } from '../mysqlfront/front-session';
import { LogicalNames } from '../mysqlfront/logical-names';
import type { Session } from '../session/session';
import { VitessHandlers } from './vitess-service';

class FakeExecutor implements StatementExecutor {
  readonly seen: { session: Session; sql: string; bindVariables: BindVariables; call: CallContext }[] = [];
  aborted = false;
  private readonly fields = [makeField('a', Type.INT64, { database: 'vt_commerce' })];

  async *execute(
    session: Session,
    sql: string,
    bindVariables: BindVariables,
    call: CallContext & { signal: AbortSignal },
  ): AsyncGenerator<Result> {
    this.seen.push({ session, sql, bindVariables, call });
    await Promise.resolve();
    switch (sql) {
      case 'begin':
        session.inTransaction = true;
        yield emptyResult();
        return;
      case 'fail':
        session.failedTransaction = 'shard lost';
        throw new SqlError(1062, '23000', "Duplicate entry '1' for key 'vt_commerce.t.PRIMARY'");
      case 'hang':
        await new Promise((_resolve, reject) => {
          call.signal.addEventListener('abort', () => {
            this.aborted = true;
            reject(call.signal.reason as Error);
          });
        });
        return;
      default:
        yield this.rows('1');
        yield { ...this.rows('2', '3'), fields: [] };
    }
  }

  private rows(...values: string[]): Result {
    return emptyResult({
      fields: this.fields,
      rows: RowBatch.from(
        1,
        values.map((v) => [Buffer.from(v)]),
      ),
    });
  }
}

const describer = {
  describe: (_session: Session, sql: string): Promise<StatementDescription> => {
    if (sql === 'fail') return Promise.reject(new SqlError(1064, '42000', "near 'vt_commerce.t'"));
    const fields = [makeField('a', Type.INT64, { database: 'vt_commerce' })];
    return Promise.resolve({ parameters: 2, normalized: true, fields, limitParameters: new Set<number>() });
  },
};

describe('the Vitess service', () => {
  let executor: FakeExecutor;
  let server: GrpcServer;
  let channel: Client;
  let released: Session[];

  beforeEach(async () => {
    executor = new FakeExecutor();
    released = [];
    server = new GrpcServer({ host: '127.0.0.1', port: 0, log: silentLogger });
    server.handle(
      VitessService,
      new VitessHandlers({
        executor,
        describer,
        names: new LogicalNames({ keyspaces: () => ['commerce'] }),
        flavor: 'mariadb',
        maxRows: 5,
        releaseAll: (session) => Promise.resolve(void released.push(session)),
      }),
    );
    channel = createChannel(`127.0.0.1:${await server.start()}`);
  });

  afterEach(async () => {
    channel.close();
    await server.stop(100);
  });

  const session = (more: Partial<ProtoSession> = {}): ProtoSession =>
    ProtoSession.fromPartial({ targetString: 'commerce@replica', autocommit: true, ...more });
  const query = (sql: string) => ({ sql, bindVariables: { v1: int64BindVariable(7) } });
  const rest = {
    callerId: { principal: 'app', component: 'c', subcomponent: '', groups: [] },
    prepared: false,
  };

  it('runs a statement with its bind variables, caller and session', async () => {
    const response = await unary(channel, VitessService.execute, {
      ...rest,
      session: session(),
      query: query('select'),
    });
    expect(response.error).toBeUndefined();
    const result = resultFromProto(response.result!);
    expect(result.rows.rows().map(([v]) => v?.toString())).toEqual(['1', '2', '3']);
    expect(result.fields[0]).toMatchObject({ name: 'a', database: 'commerce' });
    const [{ bindVariables, call, session: seen }] = executor.seen;
    expect(bindVariables['v1'].value.toString()).toBe('7');
    expect(seen.target.keyspace).toBe('commerce');
    expect(call.effectiveCallerId).toMatchObject({ principal: 'app' });
    expect(response.session).toMatchObject({ targetString: 'commerce@replica' });
  });

  it('describes a statement without running it', async () => {
    const request = { callerId: undefined, session: session(), query: query('select') };
    const { fields, paramsCount, error } = await unary(channel, VitessService.prepare, request);
    expect(error).toBeUndefined();
    expect({ fields, paramsCount }).toMatchObject({
      fields: [{ name: 'a', database: 'commerce' }],
      paramsCount: 2,
    });
    const failed = await unary(channel, VitessService.prepare, { ...request, query: query('fail') });
    expect(failed.error?.message).toContain('commerce.t');
    expect(failed.session).toMatchObject({ targetString: 'commerce@replica' });
    expect(executor.seen).toEqual([]);
  });

  it('runs without a session in autocommit', async () => {
    await unary(channel, VitessService.execute, { ...rest, session: undefined, query: query('select') });
    expect(executor.seen[0].session.autocommit).toBe(true);
  });

  it('gives the session back, also with an error', async () => {
    const begun = await unary(channel, VitessService.execute, {
      ...rest,
      session: session(),
      query: query('begin'),
    });
    expect(begun.session?.inTransaction).toBe(true);
    const failed = await unary(channel, VitessService.execute, {
      ...rest,
      session: begun.session,
      query: query('fail'),
    });
    expect(failed.result).toBeUndefined();
    expect(failed.error?.code).toBe(Code.ALREADY_EXISTS);
    expect(failed.error?.message).toMatch(/commerce\.t\.PRIMARY.*\(errno 1062\) \(sqlstate 23000\)/);
    expect(failed.session).toMatchObject({ inTransaction: true, errorUntilRollback: true });
  });

  it('gives each statement of a batch its own outcome', async () => {
    const response = await unary(channel, VitessService.executeBatch, {
      callerId: undefined,
      session: session(),
      queries: [query('begin'), query('fail'), query('select')],
    });
    expect(response.results.map((r) => r.error?.code)).toEqual([undefined, Code.ALREADY_EXISTS, undefined]);
    expect(response.session?.inTransaction).toBe(true);
  });

  it('runs statements of one text until one fails', async () => {
    const response = await unary(channel, VitessService.executeMulti, {
      callerId: undefined,
      session: session(),
      sql: "select ';'; fail; select",
    });
    expect(response.results).toHaveLength(1);
    expect(response.error?.code).toBe(Code.ALREADY_EXISTS);
    expect(executor.seen.map((s) => s.sql)).toEqual(["select ';'", 'fail']);
  });

  it('streams a result and then the session', async () => {
    const messages = [];
    const request = { callerId: undefined, session: session(), query: query('select') };
    for await (const m of serverStream(channel, VitessService.streamExecute, request)) messages.push(m);
    expect(messages.map((m) => m.result?.rows.length)).toEqual([1, 2, undefined]);
    expect(messages[0].result?.fields[0].database).toBe('commerce');
    expect(messages[2].session).toMatchObject({ targetString: 'commerce@replica' });
  });

  it('sends the session before the error of a stream', async () => {
    const messages: StreamExecuteResponse[] = [];
    const request = { callerId: undefined, session: session(), query: query('fail') };
    const read = async (): Promise<void> => {
      for await (const m of serverStream(channel, VitessService.streamExecute, request)) messages.push(m);
    };
    await expect(read()).rejects.toMatchObject({ errno: 1062 });
    expect(messages).toEqual([
      expect.objectContaining({ session: expect.objectContaining({ errorUntilRollback: true }) }),
    ]);
  });

  it('streams the results of several statements', async () => {
    const messages = [];
    const request = { callerId: undefined, session: session(), sql: 'select; begin; fail; select' };
    for await (const m of serverStream(channel, VitessService.streamExecuteMulti, request)) messages.push(m);
    expect(messages.map((m) => [m.newResult, m.moreResults, m.result?.error?.code])).toEqual([
      [true, true, undefined],
      [false, true, undefined],
      [true, true, undefined],
      [true, false, Code.ALREADY_EXISTS],
      [false, false, undefined],
    ]);
    expect(messages[4].session?.inTransaction).toBe(true);
  });

  it('refuses a result that is too large for one message', async () => {
    const queries = { callerId: undefined, session: session(), queries: [query('select')] };
    const small = new VitessHandlers({
      executor,
      describer,
      names: new LogicalNames({ keyspaces: () => [] }),
      flavor: 'mariadb',
      maxRows: 2,
      releaseAll: () => Promise.resolve(),
    });
    const { signal } = new AbortController();
    const context = { signal, deadlineMs: undefined, peer: '', trace: undefined, metadata: () => undefined };
    const { results } = await small.executeBatch(queries, context);
    expect(results[0].error).toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
  });

  it('passes on that the caller has gone', async () => {
    const caller = new AbortController();
    const request = { ...rest, session: session(), query: query('hang') };
    const running = unary(channel, VitessService.execute, request, {
      signal: caller.signal,
      timeoutMs: 5000,
    });
    await until(() => executor.seen.length === 1, 'it runs');
    expect(executor.seen[0].call.timeoutMs).toBeGreaterThan(1000);
    caller.abort();
    await expect(running).rejects.toMatchObject({ code: Code.CANCELED });
    await until(() => executor.aborted, 'the statement is aborted');
  });

  it('closes a session', async () => {
    await unary(channel, VitessService.closeSession, {
      callerId: undefined,
      session: session({ inTransaction: true }),
    });
    expect(released.map((s) => s.inTransaction)).toEqual([true]);
  });
});
