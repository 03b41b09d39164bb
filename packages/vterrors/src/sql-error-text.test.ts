import { Code } from './code';
import { SqlError } from './errors';
import { formatSqlError, parseSqlError } from './sql-error-text';

const duplicate = new SqlError(1062, '23000', "Duplicate entry '1' for key 'PRIMARY'");

describe('parseSqlError', () => {
  it('reads back what formatSqlError wrote', () => {
    expect(formatSqlError(duplicate)).toBe(
      "Duplicate entry '1' for key 'PRIMARY' (errno 1062) (sqlstate 23000)",
    );
    expect(parseSqlError(formatSqlError(duplicate))).toEqual(duplicate);
  });

  it('reads what a Vitess peer wraps around it', () => {
    const text = `vttablet: ${formatSqlError(duplicate)}`;
    for (const added of [
      ' during query: insert into t',
      ' (CallerID: u): Sql: "x", BindVars: {}',
      ': Sql: "x"',
    ]) {
      expect(parseSqlError(text + added)).toMatchObject({
        errno: 1062,
        sqlstate: '23000',
        message: `vttablet: ${duplicate.message}`,
      });
    }
  });

  it('takes no value in the message for the marker', () => {
    for (const value of ['(errno 1045) (sqlstate 28000)', ' (errno 1045) (sqlstate 28000) during query: x']) {
      const err = new SqlError(1062, '23000', `Duplicate entry '${value}' for key 'a'`);
      expect(parseSqlError(formatSqlError(err))).toEqual(err);
    }
    expect(parseSqlError("unknown column 'a (errno 1) (sqlstate 00000)'")).toBeUndefined();
  });

  it('keeps messages of several lines, and empty ones', () => {
    for (const message of ['a\nb', '', 'ä 🙂']) {
      expect(parseSqlError(formatSqlError(new SqlError(1105, 'HY000', message)))?.message).toBe(message);
    }
  });

  it('takes the code of the peer before that of the errno', () => {
    expect(parseSqlError(formatSqlError(duplicate))?.code).toBe(Code.ALREADY_EXISTS);
    expect(parseSqlError(formatSqlError(duplicate), Code.ABORTED)?.code).toBe(Code.ABORTED);
  });

  it.each([
    '',
    'x',
    'x (errno 1062)',
    'x (errno 0) (sqlstate 00000)',
    'x (errno 70000) (sqlstate HY000)',
    'x (errno 1) (sqlstate HY)',
  ])('finds none in %p', (text) => {
    expect(parseSqlError(text)).toBeUndefined();
  });

  it('takes linear time', () => {
    const text = ' (errno 1) (sqlstate HY000'.repeat(40_000);
    const start = process.hrtime.bigint();
    expect(parseSqlError(text)).toBeUndefined();
    expect(Number(process.hrtime.bigint() - start) / 1e6).toBeLessThan(1000);
  });
});
