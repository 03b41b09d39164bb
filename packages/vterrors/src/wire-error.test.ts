import { RPCError } from '@vitess-ts/proto/vtrpc';
import { vtError } from './catalogue';
import { Code } from './code';
import { SqlError, VtError } from './errors';
import { fromRpcError, fromWireError, toRpcError, toWireError } from './wire-error';

describe('wire errors', () => {
  it.each([
    new SqlError(1062, '23000', "Duplicate entry '1'"),
    new SqlError(1290, 'HY000', 'read-only', { code: Code.CLUSTER_EVENT }),
    new VtError(Code.UNAVAILABLE, 'no tablet'),
    new VtError(Code.CANCELED, 'timeout', { errno: 3024, sqlstate: 'HY000' }),
    vtError('VT09032'),
  ])('come back as they were: %s', (err) => {
    const back = fromWireError(toWireError(err));
    expect(back).toBeInstanceOf(err.constructor);
    expect(back.message).toBe(err.message);
    expect([back.code, back.errno, back.sqlstate]).toEqual([err.code, err.errno, err.sqlstate]);
    if (err instanceof VtError) expect((back as VtError).id).toBe(err.id);
  });

  it('never say OK', () => {
    expect(toWireError(new VtError(Code.OK, 'x')).code).toBe(Code.UNKNOWN);
    expect(fromWireError({ code: Code.OK, message: 'x' }).code).toBe(Code.UNKNOWN);
  });

  it('take anything that was thrown', () => {
    expect(toWireError(new TypeError('x'))).toEqual({ code: Code.UNKNOWN, message: 'x' });
    expect(toWireError('x')).toEqual({ code: Code.UNKNOWN, message: 'x' });
  });
});

describe('vtrpc.RPCError', () => {
  const travel = (err: unknown) => fromRpcError(RPCError.decode(RPCError.encode(toRpcError(err)).finish()));

  it('carries MySQL errors whole', () => {
    const err = new SqlError(1146, '42S02', "Table 'a.b' doesn't exist");
    expect(travel(err)).toEqual(new SqlError(1146, '42S02', err.message, { code: err.code }));
  });

  it('carries code and message of ours', () => {
    expect(travel(vtError('VT05005', 't', 'ks'))).toMatchObject({
      code: Code.NOT_FOUND,
      message: "VT05005: table 't' does not exist in keyspace 'ks'",
    });
  });

  it('of a later version is UNKNOWN', () => {
    expect(fromRpcError({ code: 77 as never, message: 'x' }).code).toBe(Code.UNKNOWN);
  });
});
