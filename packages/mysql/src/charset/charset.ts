import { canonicalCharset } from './collations';

/** What JavaScript needs to read a character set: the `TextDecoder` label, and the most bytes of one character. */
export interface Charset {
  name: string;
  maxBytes: number;
  /** Label for `TextDecoder`; empty when Node has no decoder for it, and then the bytes must not be read as text. */
  decoder: string;
}

/** Name, most bytes per character, decoder. MySQL's latin1 is windows-1252. */
const CHARSETS = new Map<string, Charset>(
  (
    [
      ['ascii', 1, 'utf-8'],
      ['big5', 2, 'big5'],
      ['binary', 1, ''],
      ['cp1250', 1, 'windows-1250'],
      ['cp1251', 1, 'windows-1251'],
      ['cp1256', 1, 'windows-1256'],
      ['cp1257', 1, 'windows-1257'],
      ['cp866', 1, 'ibm866'],
      ['cp932', 2, 'shift_jis'],
      ['eucjpms', 3, 'euc-jp'],
      ['euckr', 2, 'euc-kr'],
      ['gb18030', 4, 'gb18030'],
      ['gb2312', 2, 'gbk'],
      ['gbk', 2, 'gbk'],
      ['greek', 1, 'iso-8859-7'],
      ['hebrew', 1, 'iso-8859-8'],
      ['koi8r', 1, 'koi8-r'],
      ['koi8u', 1, 'koi8-u'],
      ['latin1', 1, 'windows-1252'],
      ['latin2', 1, 'iso-8859-2'],
      ['latin5', 1, 'windows-1254'],
      ['latin7', 1, 'iso-8859-13'],
      ['macroman', 1, 'macintosh'],
      ['sjis', 2, 'shift_jis'],
      ['tis620', 1, 'windows-874'],
      ['ucs2', 2, ''],
      ['ujis', 3, 'euc-jp'],
      ['utf16', 4, ''],
      ['utf16le', 4, 'utf-16le'],
      ['utf32', 4, ''],
      ['utf8mb3', 3, 'utf-8'],
      ['utf8mb4', 4, 'utf-8'],
      ['armscii8', 1, ''],
      ['cp850', 1, ''],
      ['cp852', 1, ''],
      ['dec8', 1, ''],
      ['geostd8', 1, ''],
      ['hp8', 1, ''],
      ['keybcs2', 1, ''],
      ['macce', 1, ''],
      ['swe7', 1, ''],
    ] as const
  ).map(([name, maxBytes, decoder]) => [name, { name, maxBytes, decoder }]),
);

export function charsetByName(name: string): Charset | undefined {
  return CHARSETS.get(canonicalCharset(name));
}
