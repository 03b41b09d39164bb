import { Code as RpcCode } from '@vitess-ts/proto/vtrpc';
import { Code, codeName, toCode } from './code';

describe('Code', () => {
  it('is vtrpc.Code of the wire', () => {
    const wire = Object.entries(RpcCode).filter(([, v]) => typeof v === 'number' && v >= 0);
    expect(Object.fromEntries(wire)).toEqual(Code);
  });

  it('has names', () => {
    expect(codeName(Code.CLUSTER_EVENT)).toBe('CLUSTER_EVENT');
    expect(codeName(99)).toBe('UNKNOWN');
  });

  it('is read off the wire; what is no error code is UNKNOWN', () => {
    expect(toCode(18)).toBe(Code.READ_ONLY);
    expect([0, -1, 19, 1.5, NaN].map(toCode)).toEqual(Array(5).fill(Code.UNKNOWN));
  });
});
