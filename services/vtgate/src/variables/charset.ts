import { charsetByName, collationById, collationByName, defaultCollation } from '@vitess-ts/mysql';
import { SqlError } from '@vitess-ts/vterrors';
import type { Session } from '../session/session';
import type { AssignedValue } from './assigned-value';

/** What shards' connections have by themselves: utf8mb4 both ways, its default collation. */
const BACKEND_CHARSET = 'utf8mb4';

/** UTF-8 under any of its names, and its subset: the bytes are the same, so nothing needs to be set or translated. */
const sameBytes: ReadonlySet<string> = new Set(['utf8mb4', 'utf8mb3', 'ascii']);

/**
 * SET NAMES and SET CHARACTER SET; without a charset: DEFAULT. The gate reads the client's text in this character set
 * and always sends UTF-8 to shards; results are encoded by the server.
 */
export function setCharset(
  session: Session,
  charset: string | undefined,
  collation: string | undefined,
): void {
  const name = charset ?? BACKEND_CHARSET;
  const known = charsetByName(name);
  if (known === undefined) throw new SqlError(1115, '42000', `Unknown character set: '${name}'`);
  if (known.decoder === '' && known.name !== 'binary') throw unsupportedClient(name);
  const chosen = collation === undefined ? defaultCollation(known.name) : collationByName(collation);
  if (chosen === undefined) throw new SqlError(1273, 'HY000', `Unknown collation: '${collation ?? name}'`);
  if (chosen.charset !== known.name) {
    throw new SqlError(
      1253,
      '42000',
      `COLLATION '${chosen.name}' is not valid for CHARACTER SET '${known.name}'`,
    );
  }
  session.collation = chosen.id;
  session.gateVariables.set('character_set_client', known.name);
  setResultsCharset(session, known.name);
  setConnectionCollation(session, chosen.name, chosen.charset, collation !== undefined);
}

/** SET CHARACTER SET, unlike SET NAMES, leaves literals in the database's own character set and collation. */
export function setClientCharset(session: Session, charset: string | undefined): void {
  setCharset(session, charset, undefined);
  const own = defaultCollation(BACKEND_CHARSET)!;
  session.collation = own.id;
  setConnectionCollation(session, own.name, own.charset, false);
}

/** What a connection to a shard has of these by itself; `default` would be the server's, not the connection's. */
export function backendValueOf(variable: string): string | undefined {
  if (variable === 'character_set_results') return BACKEND_CHARSET;
  return variable === 'collation_connection' ? defaultCollation(BACKEND_CHARSET)!.name : undefined;
}

export const isCharsetVariable = (name: string): boolean =>
  [
    'character_set_client',
    'character_set_results',
    'character_set_connection',
    'collation_connection',
  ].includes(name);

/** Sets one of the character set variables. */
export function setCollation(session: Session, name: string, value: AssignedValue): void {
  switch (name) {
    case 'character_set_client': {
      const charset = charsetByName(value.text ?? BACKEND_CHARSET);
      if (charset === undefined) throw new SqlError(1115, '42000', `Unknown character set: '${value.text}'`);
      if (charset.decoder === '' && charset.name !== 'binary') throw unsupportedClient(charset.name);
      session.gateVariables.set(name, charset.name);
      return;
    }
    case 'character_set_results':
      setResultsCharset(session, value.isDefault ? BACKEND_CHARSET : value.text);
      return;
    case 'character_set_connection': {
      const collation = defaultCollation(value.text ?? BACKEND_CHARSET);
      if (collation === undefined)
        throw new SqlError(1115, '42000', `Unknown character set: '${value.text}'`);
      setConnectionCollation(session, collation.name, collation.charset, false);
      return;
    }
    case 'collation_connection': {
      const text = value.text ?? defaultCollation(BACKEND_CHARSET)!.name;
      const collation = collationByName(text) ?? collationById(Number(text));
      if (collation === undefined) throw new SqlError(1273, 'HY000', `Unknown collation: '${text}'`);
      session.collation = collation.id;
      setConnectionCollation(session, collation.name, collation.charset, !value.isDefault);
      return;
    }
  }
}

/** null: results come in the columns' own character sets. */
function setResultsCharset(session: Session, charset: string | null): void {
  if (charset !== null) {
    const known = charsetByName(charset);
    if (known === undefined) throw new SqlError(1115, '42000', `Unknown character set: '${charset}'`);
    session.gateVariables.set('character_set_results', known.name);
    if (sameBytes.has(known.name)) {
      session.systemVariables.delete('character_set_results');
      return;
    }
    session.systemVariables.set('character_set_results', known.name);
    return;
  }
  session.gateVariables.set('character_set_results', '');
  session.systemVariables.set('character_set_results', 'null');
}

/**
 * The collation in which literals compare. Literals reach shards as UTF-8, so only a collation of utf8mb4 that the
 * client has asked for by name is set there.
 */
function setConnectionCollation(
  session: Session,
  collation: string,
  charset: string,
  explicit: boolean,
): void {
  session.gateVariables.set('collation_connection', collation);
  session.gateVariables.set('character_set_connection', charset);
  if (!explicit || charset !== BACKEND_CHARSET || collation === defaultCollation(BACKEND_CHARSET)!.name) {
    session.systemVariables.delete('collation_connection');
    return;
  }
  session.systemVariables.set('collation_connection', collation);
}

function unsupportedClient(charset: string): SqlError {
  return new SqlError(
    1231,
    '42000',
    `Variable 'character_set_client' can't be set to the value of '${charset}'`,
  );
}
