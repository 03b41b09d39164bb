import { SqlError } from '@vitess-ts/vterrors';
import type { Statement } from './ast';
import { normalize } from './normalize/normalize';
import { parse } from './parser/parse';
import { print } from './printer/print';
import { bare } from './testing/bare';
import { ownCorpora, outerCorpora } from './testing/corpora';

/** Statements of the outer corpora that MySQL refuses, too. */
const invalid = [
  /^create view user\.view_a as the quick brown fox$/,
  /into outfile s3 'inner_outfile' union select/,
  /^select id from user order by id union all/,
  /^select \*, name, \*, col from user/,
];

/** Verbs that are known but not taken apart. Of SET and SHOW only these forms are. */
const otherVerbs = new Set(
  'reset purge handler xa help stop start change install uninstall shutdown set'.split(' '),
);
const otherSets = /^set (password|role|default role)\b/i;

const corpora = [...ownCorpora(), ...outerCorpora()];

const sameTree = (a: Statement, b: Statement): boolean => JSON.stringify(bare(a)) === JSON.stringify(bare(b));

describe.each(corpora)('corpus $name', ({ statements }) => {
  const valid = statements.filter((sql) => !invalid.some((pattern) => pattern.test(sql)));

  it('parses, prints and parses again to an equal tree, whole', () => {
    expect(valid.length).toBeGreaterThan(15);
    const failed = valid.filter((sql) => {
      const tree = parse(sql);
      const texts = [print(tree), print(tree, { parentheses: 'all' })];
      return texts.some((text) => !sameTree(parse(text), tree)) || print(parse(texts[0])) !== texts[0];
    });
    expect(failed).toEqual([]);
  });

  it('parses normalised, and normalises no further', () => {
    const failed = valid.filter((sql) => {
      const { text } = normalize(sql);
      parse(text);
      return normalize(text).text !== text;
    });
    expect(failed).toEqual([]);
  });

  it('reads SHOW, SET and administration to nodes of their own', () => {
    for (const sql of valid) {
      const statement = parse(sql);
      if (statement.kind !== 'otherAdmin') continue;
      expect(otherVerbs).toContain(statement.verb);
      if (statement.verb === 'set') expect(sql).toMatch(otherSets);
    }
  });

  it('refuses what is no SQL', () => {
    for (const sql of statements.filter((text) => !valid.includes(text))) {
      expect(() => parse(sql)).toThrow(SqlError);
    }
  });
});

it('has statements in the styles of applications', () => {
  const counts = ownCorpora().map(({ name, statements }) => [name, statements.length]);
  const total = counts.reduce((sum, [, count]) => sum + Number(count), 0);
  expect(total).toBeGreaterThan(600);
});
