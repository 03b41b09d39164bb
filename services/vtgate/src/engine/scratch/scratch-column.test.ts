import { literalOf, type ValueForm } from './scratch-column';

const text = (form: ValueForm, value: string | Buffer | null): string =>
  literalOf(form, value === null ? null : Buffer.from(value));

test.each<[ValueForm, string | Buffer | null, string]>([
  [{ kind: 'number' }, '-12.50', '-12.50'],
  [{ kind: 'number' }, null, 'null'],
  [{ kind: 'member' }, '3', '3'],
  [{ kind: 'text' }, "it's \\ 'é'", "'it''s \\\\ ''é'''"],
  [{ kind: 'text' }, 'a\0b\n', "'a\0b\n'"],
  [{ kind: 'text' }, Buffer.from([0x61, 0xff]), "x'61ff'"],
  [{ kind: 'bytes' }, Buffer.from([0, 39, 255]), "x'0027ff'"],
  [{ kind: 'bytes' }, '', "x''"],
  [{ kind: 'bytes', charset: 'latin1' }, Buffer.from([0xe9]), "_latin1 x'e9'"],
  [{ kind: 'timestamp' }, '1700000000', "'2023-11-14 22:13:20'"],
  [{ kind: 'timestamp' }, '1700000000.000001', "'2023-11-14 22:13:20.000001'"],
  [{ kind: 'timestamp' }, '0', "'0000-00-00 00:00:00'"],
  [{ kind: 'timestamp' }, '0.000000', "'0000-00-00 00:00:00'"],
  [{ kind: 'timestamp' }, '2147483647', "'2038-01-19 03:14:07'"],
])('%j %p', (form, value, expected) => {
  expect(text(form, value)).toBe(expected);
});

test('what is no Unix time is no timestamp', () => {
  expect(() => text({ kind: 'timestamp' }, 'x')).toThrow();
});
