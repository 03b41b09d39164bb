import { Code, VtError } from '@vitess-ts/vterrors';

/**
 * Modes that change how text is read (MySQL manual, Server SQL Modes). The gate reads the client's text by them and
 * prints canonical text, so they never reach a shard.
 */
const lexingModes = ['ANSI_QUOTES', 'PIPES_AS_CONCAT', 'HIGH_NOT_PRECEDENCE', 'IGNORE_SPACE'] as const;

/** Names that stand for several modes. */
const combined: ReadonlyMap<string, readonly string[]> = new Map([
  ['ANSI', ['REAL_AS_FLOAT', 'PIPES_AS_CONCAT', 'ANSI_QUOTES', 'IGNORE_SPACE', 'ANSI']],
  [
    'TRADITIONAL',
    [
      'STRICT_TRANS_TABLES',
      'STRICT_ALL_TABLES',
      'NO_ZERO_IN_DATE',
      'NO_ZERO_DATE',
      'ERROR_FOR_DIVISION_BY_ZERO',
      'TRADITIONAL',
      'NO_ENGINE_SUBSTITUTION',
    ],
  ],
]);

export interface LexingModes {
  ansiQuotes: boolean;
  pipesAsConcat: boolean;
  highNotPrecedence: boolean;
  ignoreSpace: boolean;
}

export function splitModes(value: string): string[] {
  const names = value
    .split(',')
    .map((m) => m.trim().toUpperCase())
    .filter((m) => m !== '');
  return [...new Set(names.flatMap((m) => combined.get(m) ?? [m]))];
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

/** What a shard's connection gets: the modes without those that the gate has dealt with. */
export function shardSqlMode(value: string): string {
  const modes = splitModes(value).filter(
    (m) => !(lexingModes as readonly string[]).includes(m) && m !== 'ANSI',
  );
  return modes.join(',');
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
