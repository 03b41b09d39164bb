import { Metadata, status } from '@grpc/grpc-js';
import { vtError } from './catalogue';
import { Code } from './code';
import { SqlError, VtError } from './errors';
import { fromServiceError, toServiceError } from './grpc';

const travel = (err: unknown) => {
  const { code, details, metadata } = toServiceError(err);
  return fromServiceError(
    Object.assign(new Error(`${code} ${status[code]}: ${details}`), { code, details, metadata }),
  );
};
const foreign = (code: number, details: string) =>
  fromServiceError(Object.assign(new Error(details), { code, details, metadata: new Metadata() }));

describe('toServiceError', () => {
  it('has a legal status, and the exact code beside it', () => {
    const event = toServiceError(new VtError(Code.CLUSTER_EVENT, 'x'));
    expect([event.code, event.metadata.get('vt-code')]).toEqual([status.UNAVAILABLE, ['17']]);
    const readOnly = toServiceError(new VtError(Code.READ_ONLY, 'x'));
    expect([readOnly.code, readOnly.metadata.get('vt-code')]).toEqual([status.FAILED_PRECONDITION, ['18']]);
    expect(toServiceError(new VtError(Code.OK, 'x')).code).toBe(status.UNKNOWN);
  });

  it('cuts a long message between characters, and keeps what is parsed back', () => {
    const { details } = toServiceError(new SqlError(1406, '22001', 'ä'.repeat(10_000)));
    expect(Buffer.byteLength(details)).toBeLessThan(5200);
    expect(details).not.toContain('\ufffd');
    expect(details).toMatch(/ä \.\.\.\[truncated\] \(errno 1406\) \(sqlstate 22001\)$/);
  });

  it('can be sent when the message has lone surrogates', () => {
    expect(() => encodeURI(toServiceError(new Error('a\ud800b')).details)).not.toThrow();
  });
});

describe('fromServiceError', () => {
  it.each([
    new SqlError(1062, '23000', "Duplicate entry 'x (errno 1) (sqlstate 00000)' for key 'PRIMARY'"),
    new VtError(Code.CLUSTER_EVENT, 'primary is not serving'),
    new VtError(Code.READ_ONLY, 'read only'),
    new VtError(Code.DEADLINE_EXCEEDED, 'too late', { errno: 3024, sqlstate: 'HY000' }),
    vtError('VT05005', 't', 'ks'),
  ])('gives back what toServiceError took: %s', (err) => {
    const back = travel(err);
    expect(back).toBeInstanceOf(err.constructor);
    expect([back.message, back.code, back.errno, back.sqlstate]).toEqual([
      err.message,
      err.code,
      err.errno,
      err.sqlstate,
    ]);
    if (err instanceof VtError) expect((back as VtError).id).toBe(err.id);
  });

  it('reads what Vitess peers send', () => {
    expect(
      foreign(6, 'Duplicate entry \'1\' (errno 1062) (sqlstate 23000) (CallerID: u): Sql: "x"'),
    ).toMatchObject({
      errno: 1062,
      sqlstate: '23000',
      message: "Duplicate entry '1'",
    });
    expect(foreign(17, 'not serving').code).toBe(Code.CLUSTER_EVENT);
    expect(foreign(99, 'x').code).toBe(Code.UNKNOWN);
  });

  it('knows a message that is over the limit of gRPC', () => {
    for (const text of [
      'Received message larger than max (5 vs 4)',
      'grpc: received message larger than max (5 vs. 4)',
      'Attempted to send message with a size larger than 4',
    ]) {
      expect(foreign(status.RESOURCE_EXHAUSTED, text)).toMatchObject({ errno: 1153, sqlstate: '08S01' });
    }
    expect(travel(new VtError(Code.RESOURCE_EXHAUSTED, 'message larger than max')).errno).toBeUndefined();
  });

  it('does not believe malformed metadata', () => {
    const metadata = new Metadata();
    for (const [key, value] of [
      ['vt-code', 'x'],
      ['vt-id', 'toString'],
      ['vt-errno', '70000'],
      ['vt-sqlstate', 'toolong'],
    ]) {
      metadata.set(key, value);
    }
    const err = fromServiceError({ code: status.NOT_FOUND, details: 'x', metadata });
    expect(err).toMatchObject({ code: Code.NOT_FOUND, message: 'x', errno: undefined, sqlstate: undefined });
    expect((err as VtError).id).toBeUndefined();
  });

  it('leaves errors of ours alone, and takes others as they come', () => {
    const err = new VtError(Code.ABORTED, 'x');
    expect(fromServiceError(err)).toBe(err);
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    expect(fromServiceError(cause)).toMatchObject({ code: Code.UNKNOWN, message: cause.message, cause });
  });
});
