import { resultOf } from '../fake-exec-context.contract';
import type { ScratchConnection } from './scratch-access';
import { checkStoredFunctions, mayReadTables } from './stored-functions';

const connectionWith = (rows: (string | null)[][]): { connection: ScratchConnection; asked: string[] } => {
  const asked: string[] = [];
  const connection = {
    execute: async ({ sql }: { sql: string }) => {
      asked.push(sql);
      return resultOf('name, access, body', rows);
    },
  } as unknown as ScratchConnection;
  return { connection, asked };
};

test('a function that touches no tables passes, whether it says so or not', async () => {
  const { connection, asked } = connectionWith([
    ['twice', 'NO SQL', 'return (select count(*) from t)'],
    ['thrice', 'CONTAINS SQL', 'return x * 3'],
  ]);
  await checkStoredFunctions(['twice', 'thrice', 'native'], connection);
  expect(asked[0]).toContain("routine_name in ('twice', 'thrice', 'native')");
});

test.each([
  ['READS SQL DATA', 'return 1'],
  ['MODIFIES SQL DATA', 'return 1'],
  ['CONTAINS SQL', 'return (select max(id) from t)'],
  ['CONTAINS SQL', 'return other(x)'],
  ['CONTAINS SQL', null],
])('a function that may read tables is refused: %s, %s', async (access, body) => {
  const { connection } = connectionWith([['f', access, body]]);
  await expect(checkStoredFunctions(['f'], connection)).rejects.toThrow(/the stored function f\(\).*NO SQL/);
});

test('what is in quotes is no code, and rows of the own group are no table', () => {
  expect(mayReadTables("begin declare s varchar(9); set s = 'from t'; return concat(s, upper(s)); end")).toBe(
    false,
  );
  expect(mayReadTables('begin loop fetch group next row; set n = n + 1; end loop; end')).toBe(false);
  expect(mayReadTables("begin insert into t values ('x'); return 1; end")).toBe(true);
});
