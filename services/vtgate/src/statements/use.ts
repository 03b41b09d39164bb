import { SqlError, VtError } from '@vitess-ts/vterrors';
import { parseTarget } from '@vitess-ts/key';
import { TabletType } from '@vitess-ts/proto/topodata';
import { isSystemSchema } from '../executor/system-schema/schema-columns';
import type { Gateway } from '../executor/gateway';
import type { Session } from '../session/session';

/**
 * Selects a target for the session: USE, COM_INIT_DB, and the database of the handshake. `@replica` alone keeps the
 * keyspace. Throws 1049 for a keyspace that does not exist.
 */
export function selectTarget(session: Session, text: string, gateway: Gateway): void {
  if (text === '') {
    session.target = { keyspace: '', tabletType: undefined, destination: undefined, alias: undefined };
    return;
  }
  const target = readTarget(text);
  if (text.startsWith('@')) {
    target.keyspace = session.target.keyspace;
    target.destination = session.target.destination;
  }
  if (target.keyspace !== '') checkKeyspace(target.keyspace, text, gateway);
  if (target.destination) {
    // Names a shard that exists, or the error says which do.
    const shards = gateway.shards(target.keyspace, target.tabletType ?? TabletType.PRIMARY);
    if (target.destination.kind === 'shard') {
      const { shard } = target.destination;
      if (!shards.some((s) => s.name === shard)) throw unknownDatabase(text);
    }
  }
  if (session.inTransaction && target.tabletType !== session.target.tabletType) {
    throw new SqlError(1105, 'HY000', 'the tablet type of the target cannot change inside a transaction');
  }
  session.target = target;
}

function readTarget(text: string): ReturnType<typeof parseTarget> {
  try {
    return parseTarget(text);
  } catch (error) {
    if (error instanceof VtError) throw unknownDatabase(text);
    throw error;
  }
}

function checkKeyspace(keyspace: string, text: string, gateway: Gateway): void {
  if (isSystemSchema(keyspace) || gateway.keyspaces().includes(keyspace)) return;
  throw unknownDatabase(text);
}

function unknownDatabase(text: string): SqlError {
  return new SqlError(1049, '42000', `Unknown database '${text.slice(0, 64)}'`);
}
