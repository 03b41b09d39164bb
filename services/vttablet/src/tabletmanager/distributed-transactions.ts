import type { MysqlConnection } from '@vitess-ts/mysql';
import type { TabletManagerServer } from '@vitess-ts/tmclient';
import type { TabletServer } from '../tabletserver/tablet-server';
import { removeSql } from '../tabletserver/twopc/redo-log';

/** What operators ask of commits over several shards, and how they end one by force. */
export function distributedTransactionHandlers(
  server: TabletServer,
  withDba: (run: (connection: MysqlConnection) => Promise<void>) => Promise<void>,
): TabletManagerServer {
  const { distributed, prepared, redoLog } = server.twopc;
  return {
    getUnresolvedTransactions: async ({ abandonAge }, { signal }) => ({
      transactions: await distributed.unresolved(
        abandonAge > 0n ? Number(abandonAge) * 1000 : server.twopc.abandonAgeMs,
        server.target,
        signal,
      ),
    }),
    readTransaction: async ({ dtid }, { signal }) => ({
      transaction: await distributed.read(dtid, server.target, signal),
    }),
    getTransactionInfo: async ({ dtid }) => {
      const entry = await redoLog.describe(dtid);
      if (entry === undefined) return { state: 'UNKNOWN', message: '', timeCreated: 0n, statements: [] };
      const { message, timeCreatedNs, statements } = entry;
      // One that could not be done again says why.
      const state = message === '' ? 'PREPARED' : 'FAILED';
      return { state, message, timeCreated: timeCreatedNs, statements };
    },
    concludeTransaction: async ({ dtid, mm }, { signal }) => {
      if (mm) await distributed.conclude(dtid, signal);
      else if (prepared.isOpen) await prepared.rollback(dtid, 0n);
      else {
        // The shard is closed because of such entries, and read-only.
        await withDba(async (connection) => {
          for (const sql of removeSql(dtid)) await connection.query(sql);
        });
      }
      return {};
    },
  };
}
