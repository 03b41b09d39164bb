import { parseDirectives } from './directives';
import { redact } from './redact';

describe('redact', () => {
  it('replaces literals and drops comments', () => {
    expect(redact("/* x */ select 'secret', 5, a from t where b = x'1F' and c = :v1 -- y")).toBe(
      'select ?, ?, a from t where b = ? and c = :v1',
    );
    expect(redact("create user a identified by 'pw'")).toBe('create user a identified by ?');
  });

  it('shows nothing behind an unclosed quote', () => {
    expect(redact("select a from t where b = 'secret")).toBe(
      'select a from t where b = [cut: not scannable]',
    );
  });
});

describe('parseDirectives', () => {
  it('reads names and values', () => {
    expect([...parseDirectives(['/*+ X=1 */', '/*vt+ A=1 b C="x y" D=\'z\' */', '/*vt+ A=2 */'])]).toEqual([
      ['A', '2'],
      ['B', '1'],
      ['C', 'x y'],
      ['D', 'z'],
    ]);
  });
});
