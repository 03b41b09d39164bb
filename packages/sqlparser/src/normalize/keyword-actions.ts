import { keywords } from '../lexer/keywords';

/** What a keyword means to the normaliser. */
export const Action = {
  NONE: 0,
  SELECT: 1,
  /** Ends a select list; literals behind it are free. */
  CLAUSE: 2,
  GROUP_OR_ORDER: 3,
  BY: 4,
  HAVING: 5,
  IN: 6,
  /** No literal behind it is touched: export options of INTO OUTFILE. */
  OUTFILE: 7,
  RETURNING: 8,
} as const;

const actionWords: [number, string][] = [
  [Action.SELECT, 'SELECT'],
  [Action.CLAUSE, 'FROM WHERE INTO LIMIT UNION EXCEPT INTERSECT FOR LOCK WINDOW SET ON USING PROCEDURE'],
  [Action.GROUP_OR_ORDER, 'GROUP ORDER PARTITION'],
  [Action.BY, 'BY'],
  [Action.HAVING, 'HAVING'],
  [Action.IN, 'IN'],
  [Action.RETURNING, 'RETURNING'],
  [Action.OUTFILE, 'OUTFILE DUMPFILE'],
];

/** Words right behind which a literal must stay: grammar wants a literal there, or it is a name. */
const keepingWords =
  'AS COLLATE SEPARATOR ESCAPE PATH WAIT CHARSET SET USING DATE TIME TIMESTAMP NEXT NAMES CHECKSUM COMMENT PARTITIONS';

/** Words whose parentheses hold a length: CAST(x AS CHAR(10)). */
const typeWords =
  'CHAR CHARACTER VARCHAR BINARY VARBINARY DECIMAL DEC NUMERIC DATETIME TIMESTAMP TIME NCHAR FLOAT DOUBLE REAL ' +
  'PRECISION YEAR UNSIGNED SIGNED VECTOR TINYINT SMALLINT MEDIUMINT INT INTEGER BIGINT';

function table(fill: (set: (words: string, value: number) => void) => void): Uint8Array {
  const values = new Uint8Array(keywords.words.length);
  fill((words, value) => {
    for (const word of words.split(' ')) {
      const id = keywords.idOf.get(word);
      if (id !== undefined) values[id] = value;
    }
  });
  return values;
}

/** By keyword id. */
export const actions: Uint8Array = table((set) => {
  for (const [action, words] of actionWords) set(words, action);
});

export const keepsNext: Uint8Array = table((set) => set(keepingWords, 1));

export const isTypeWord: Uint8Array = table((set) => set(typeWords, 1));

/** Statements whose literals become bind variables. */
export const normalizedVerbs: ReadonlySet<string> = new Set([
  'SELECT',
  'INSERT',
  'REPLACE',
  'UPDATE',
  'DELETE',
  'WITH',
  'VALUES',
  'TABLE',
  '(',
]);
