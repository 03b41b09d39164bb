import { vtError } from './catalogue';
import { Code } from './code';
import { SqlError, VtError } from './errors';
import { toSqlError } from './to-sql-error';

describe('toSqlError', () => {
  it('leaves alone what MySQL said', () => {
    expect(toSqlError(new SqlError(1062, '23000', 'Duplicate entry'))).toEqual({
      errno: 1062,
      sqlstate: '23000',
      message: 'Duplicate entry',
    });
  });

  it.each([
    [2013, 1158, '08S01'],
    [2006, 1105, 'HY000'],
    [2002, 1105, 'HY000'],
  ])('never gives a number of client libraries: %p becomes %p', (errno, given, sqlstate) => {
    expect(toSqlError(new SqlError(errno, 'HY000', 'lost'))).toEqual({
      errno: given,
      sqlstate,
      message: 'lost',
    });
  });

  it('takes the errno that was given, whatever the code', () => {
    expect(toSqlError(new VtError(Code.CANCELED, 'x', { errno: 3024 }))).toEqual({
      errno: 3024,
      sqlstate: 'HY000',
      message: 'x',
    });
    expect(toSqlError(vtError('VT05005', 't', 'ks'))).toEqual({
      errno: 1146,
      sqlstate: '42S02',
      message: "VT05005: table 't' does not exist in keyspace 'ks'",
    });
  });

  it.each([
    [Code.CANCELED, 1317, '70100'],
    [Code.DEADLINE_EXCEEDED, 1317, '70100'],
    [Code.ABORTED, 1317, '70100'],
    [Code.PERMISSION_DENIED, 1045, '28000'],
    [Code.UNAUTHENTICATED, 1045, '28000'],
    [Code.RESOURCE_EXHAUSTED, 1203, '42000'],
    [Code.UNIMPLEMENTED, 1235, '42000'],
    [Code.INTERNAL, 1815, 'HY000'],
    [Code.INVALID_ARGUMENT, 1105, 'HY000'],
    [Code.UNAVAILABLE, 1105, 'HY000'],
    [Code.CLUSTER_EVENT, 1105, 'HY000'],
  ])('maps code %p to %p %p', (code, errno, sqlstate) => {
    expect(toSqlError(new VtError(code, 'x'))).toEqual({ errno, sqlstate, message: 'x' });
  });

  it('gives 1105 for anything else that was thrown', () => {
    expect(toSqlError(new Error('x'))).toEqual({ errno: 1105, sqlstate: 'HY000', message: 'x' });
    expect(toSqlError(undefined)).toEqual({ errno: 1105, sqlstate: 'HY000', message: 'undefined' });
    expect(toSqlError(null).message).toBe('null');
    expect(toSqlError({ message: 'from elsewhere' }).message).toBe('from elsewhere');
  });
});
