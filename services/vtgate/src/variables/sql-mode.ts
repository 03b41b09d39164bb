import { Code, VtError } from '@vitess-ts/vterrors';

/**
 * Modes that change how text is read (MySQL manual, Server SQL Modes). The gate reads the client's text by them and
 * prints canonical text, so they never reach a shard.
 */
const lexingModes = ['ANSI_QUOTES', 'PIPES_AS_CONCAT', 'HIGH_NOT_PRECEDENCE', 'IGNORE_SPACE'] as const;

/**
 * All modes in the order of their bits, in which servers write them (MySQL manual, Server SQL Modes; MariaDB
 * Knowledge Base, SQL_MODE). The same bit is the same mode in both, where both have it.
 */
const allModes: readonly string[] = (
  'REAL_AS_FLOAT PIPES_AS_CONCAT ANSI_QUOTES IGNORE_SPACE IGNORE_BAD_TABLE_OPTIONS ONLY_FULL_GROUP_BY ' +
  'NO_UNSIGNED_SUBTRACTION NO_DIR_IN_CREATE POSTGRESQL ORACLE MSSQL DB2 MAXDB NO_KEY_OPTIONS NO_TABLE_OPTIONS ' +
  'NO_FIELD_OPTIONS MYSQL323 MYSQL40 ANSI NO_AUTO_VALUE_ON_ZERO NO_BACKSLASH_ESCAPES STRICT_TRANS_TABLES ' +
  'STRICT_ALL_TABLES NO_ZERO_IN_DATE NO_ZERO_DATE ALLOW_INVALID_DATES ERROR_FOR_DIVISION_BY_ZERO TRADITIONAL ' +
  'NO_AUTO_CREATE_USER HIGH_NOT_PRECEDENCE NO_ENGINE_SUBSTITUTION PAD_CHAR_TO_FULL_LENGTH EMPTY_STRING_IS_NULL ' +
  'SIMULTANEOUS_ASSIGNMENT TIME_ROUND_FRACTIONAL'
).split(' ');

type Flavor = 'mariadb' | 'mysql';

/** What the names that stand for several modes add. */
function combined(mode: string, flavor: Flavor): readonly string[] {
  switch (mode) {
    case 'ANSI':
      return flavor === 'mariadb' ? ansi : [...ansi, 'ONLY_FULL_GROUP_BY'];
    case 'TRADITIONAL':
      return flavor === 'mariadb' ? [...traditional, 'NO_AUTO_CREATE_USER'] : traditional;
    default:
      return [];
  }
}

const ansi = ['REAL_AS_FLOAT', 'PIPES_AS_CONCAT', 'ANSI_QUOTES', 'IGNORE_SPACE'];
const traditional = [
  'STRICT_TRANS_TABLES',
  'STRICT_ALL_TABLES',
  'NO_ZERO_IN_DATE',
  'NO_ZERO_DATE',
  'ERROR_FOR_DIVISION_BY_ZERO',
  'NO_ENGINE_SUBSTITUTION',
];

/**
 * The mode as a server would write it: combinations spelled out, in order. A number is read by its bits. Names that are
 * no modes are left as they are, at the end, for the server to refuse.
 */
export function canonicalSqlMode(value: string, flavor: Flavor): string {
  const given = /^\d+$/.test(value) ? modesOfBits(BigInt(value)) : listed(value);
  const modes = new Set(given.flatMap((m) => [m.toUpperCase(), ...combined(m.toUpperCase(), flavor)]));
  const unknown = given.filter((m) => !allModes.includes(m.toUpperCase()));
  return [...allModes.filter((m) => modes.has(m)), ...unknown].join(',');
}

function modesOfBits(bits: bigint): string[] {
  if (bits >> BigInt(allModes.length) !== 0n) return [bits.toString()];
  return allModes.filter((_, i) => (bits >> BigInt(i)) & 1n);
}

const listed = (value: string): string[] =>
  value
    .split(',')
    .map((m) => m.trim())
    .filter((m) => m !== '');

function splitModes(value: string): string[] {
  return listed(value).map((m) => m.toUpperCase());
}

export interface LexingModes {
  ansiQuotes: boolean;
  pipesAsConcat: boolean;
  highNotPrecedence: boolean;
  ignoreSpace: boolean;
}

export function lexingModesOf(value: string): LexingModes {
  const modes = splitModes(value);
  return {
    ansiQuotes: modes.includes('ANSI_QUOTES'),
    pipesAsConcat: modes.includes('PIPES_AS_CONCAT'),
    highNotPrecedence: modes.includes('HIGH_NOT_PRECEDENCE'),
    ignoreSpace: modes.includes('IGNORE_SPACE'),
  };
}

/** What a shard's connection gets of a canonical mode: all but what the gate has dealt with. */
export function shardSqlMode(value: string): string {
  const own = (mode: string): boolean => mode === 'ANSI' || (lexingModes as readonly string[]).includes(mode);
  return listed(value)
    .filter((m) => !own(m.toUpperCase()))
    .join(',');
}

/** Throws for modes under which the text that the gate sends would be read otherwise than it was meant. */
export function checkSqlMode(value: string): void {
  for (const mode of ['NO_BACKSLASH_ESCAPES', 'ORACLE', 'MSSQL', 'DB2', 'POSTGRESQL']) {
    if (!splitModes(value).includes(mode)) continue;
    throw new VtError(Code.UNIMPLEMENTED, `unsupported: sql_mode ${mode}; leave it out of the list`, {
      id: 'VT12001',
      errno: 1231,
      sqlstate: '42000',
    });
  }
}
