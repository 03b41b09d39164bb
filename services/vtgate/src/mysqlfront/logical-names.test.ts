import { makeField, Type } from '@vitess-ts/sqltypes';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import { LogicalNames } from './logical-names';

describe('LogicalNames', () => {
  const names = new LogicalNames({ keyspaces: () => ['commerce', 'my-ks'] });
  const told = (message: string): string =>
    (names.error(new SqlError(1105, 'HY000', message)) as Error).message;

  it('gives the same header for the same header, so that its encoding is reused', () => {
    const fields = [makeField('a', Type.INT64, { database: 'vt_commerce' }), makeField('b', Type.INT64)];
    const logical = names.fields(fields);
    expect(logical.map((f) => f.database)).toEqual(['commerce', '']);
    expect(names.fields(fields)).toBe(logical);
    expect(fields[0].database).toBe('vt_commerce');
    const own = [makeField('a', Type.INT64, { database: 'information_schema' })];
    expect(names.fields(own)).toBe(own);
  });

  it('puts keyspaces into what a server said', () => {
    expect(told("Table 'vt_commerce.t' doesn't exist")).toBe("Table 'commerce.t' doesn't exist");
    expect(told('fails (`vt_my-ks`.`t`, CONSTRAINT `c`)')).toBe('fails (`my-ks`.`t`, CONSTRAINT `c`)');
    expect(told("Unknown database 'vt_commerce'")).toBe("Unknown database 'commerce'");
  });

  it('leaves values and names of others alone', () => {
    for (const text of ["Duplicate entry 'vt_commerce' for key 'a'", "Table 'vt_private.t' doesn't exist"]) {
      expect(told(text)).toBe(text);
    }
    const error = new VtError(Code.INTERNAL, "'vt_commerce.t'");
    expect(names.error(error)).toBe(error);
  });

  it('keeps errno, sqlstate and code', () => {
    const error = new SqlError(1146, '42S02', "Table 'vt_commerce.t' doesn't exist", { code: Code.ABORTED });
    expect(names.error(error)).toMatchObject({
      errno: 1146,
      sqlstate: '42S02',
      code: Code.ABORTED,
      cause: error,
    });
  });
});
