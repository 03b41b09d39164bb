import { parse, type Execute, type Prepare } from '@vitess-ts/sqlparser';
import { int64BindVariable, stringBindVariable } from '@vitess-ts/sqltypes';
import { newSession, type Session } from '../session/session';
import { deallocateStatement, prepareStatement, preparedCall } from './prepared';

const prepare = (sql: string, session: Session): void => prepareStatement(parse(sql) as Prepare, session, {});
const execute = (sql: string, session: Session): ReturnType<typeof preparedCall> =>
  preparedCall(parse(sql) as Execute, session, {});

describe('statements prepared by name', () => {
  test('values of user variables go in by position; names do not differ by case', () => {
    const session = newSession({ userVariables: new Map([['a', int64BindVariable(5)]]) });
    prepare("prepare S from 'select ? from t where a = ?'", session);
    const { sql, bindVariables } = execute('execute s using @A, @unset', session);
    expect(sql).toBe('select ? from t where a = ?');
    expect(bindVariables['v1']).toEqual(int64BindVariable(5));
    expect(bindVariables['v2'].value).toHaveLength(0);
  });

  test('the text may come from a variable', () => {
    const session = newSession({ userVariables: new Map([['t', stringBindVariable('select 1')]]) });
    prepare('prepare s from @t', session);
    expect(execute('execute s', session)).toEqual({ sql: 'select 1', bindVariables: {} });
  });

  test('errors are MySQL’s', () => {
    const session = newSession();
    expect(() => execute('execute s', session)).toThrow(expect.objectContaining({ errno: 1243 }) as Error);
    prepare("prepare s from 'select ?'", session);
    expect(() => execute('execute s', session)).toThrow(expect.objectContaining({ errno: 1210 }) as Error);
    expect(() => prepare("prepare s from 'selec'", session)).toThrow(
      expect.objectContaining({ errno: 1064 }) as Error,
    );
    // The wrong one has taken the place of the right one.
    expect(() => deallocateStatement('s', session)).toThrow(
      expect.objectContaining({ errno: 1243 }) as Error,
    );
    expect(() => prepare("prepare s from 'select 1; select 2'", session)).toThrow(
      expect.objectContaining({ errno: 1064 }) as Error,
    );
  });
});
