import { SqlError } from '@vitess-ts/vterrors';
import { ClientTextReader } from './client-text';

describe('ClientTextReader', () => {
  const reader = new ClientTextReader();

  it('reads UTF-8, with a byte order mark as a character', () => {
    expect(reader.read(Buffer.from('select "é😀"'), 'utf8mb4')).toEqual({
      text: 'select "é😀"',
      encoding: 'utf8',
    });
    expect(reader.read(Buffer.from('\uFEFFx'), 'utf8mb3').text).toBe('\uFEFFx');
  });

  it('keeps the bytes of what is no UTF-8', () => {
    const bytes = Buffer.from([0x41, 0xe9, 0x80, 0x00]);
    const { text, encoding } = reader.read(bytes, 'binary');
    expect(encoding).toBe('latin1');
    expect(Buffer.from(text, 'latin1')).toEqual(bytes);
  });

  it('reads other character sets', () => {
    expect(reader.read(Buffer.from([0xe9, 0x80]), 'latin1')).toEqual({ text: 'é€', encoding: 'utf8' });
    expect(reader.read(Buffer.from([0x82, 0xa0]), 'sjis').text).toBe('あ');
  });

  it('refuses what it cannot read, and bytes that would be changed', () => {
    expect(() => reader.read(Buffer.from('x'), 'swe7')).toThrow(expect.objectContaining({ errno: 1115 }));
    const blob = Buffer.concat([Buffer.from("select _binary '"), Buffer.from([0xe9]), Buffer.from("'")]);
    expect(() => reader.read(blob, 'latin1')).toThrow(SqlError);
    expect(reader.read(Buffer.from("select _binary 'abc'"), 'latin1').text).toBe("select _binary 'abc'");
  });
});
