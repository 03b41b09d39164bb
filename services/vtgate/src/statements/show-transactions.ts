import type { Show } from '@vitess-ts/sqlparser';
import { transactionStateToJSON, type TransactionMetadata } from '@vitess-ts/proto/query';
import type { Result } from '@vitess-ts/sqltypes';
import type { Gateway } from '../executor/gateway';
import { textField, textResult } from '../executor/rows';
import type { TransactionResolver } from '../executor/transaction-resolver';

/**
 * SHOW UNRESOLVED TRANSACTIONS [FOR keyspace] and SHOW TRANSACTION STATUS FOR dtid: commits over several shards that are
 * not ended; column names as in Vitess's reference.
 */
export class ShowTransactions {
  constructor(
    private readonly gateway: Pick<Gateway, 'keyspaces'>,
    private readonly resolver: Pick<TransactionResolver, 'unresolved' | 'read'>,
  ) {}

  /** undefined when the statement is about something else. */
  show(statement: Show): Promise<Result> | undefined {
    switch (statement.what) {
      case 'unresolved transactions':
        return this.unresolved(statement.argument);
      case 'transaction status':
        return this.status(statement.argument ?? '');
      default:
        return undefined;
    }
  }

  private async unresolved(keyspace: string | undefined): Promise<Result> {
    const keyspaces = keyspace === undefined ? this.gateway.keyspaces() : [keyspace];
    const lists = await Promise.all(keyspaces.map((name) => this.resolver.unresolved(name)));
    return transactions(lists.flat());
  }

  private async status(dtid: string): Promise<Result> {
    const transaction = await this.resolver.read(dtid);
    return transactions(transaction === undefined ? [] : [transaction]);
  }
}

function transactions(all: readonly TransactionMetadata[]): Result {
  const rows = all.map((t) => [
    t.dtid,
    transactionStateToJSON(t.state),
    timeText(t.timeCreated),
    t.participants.map((p) => `${p.keyspace}:${p.shard}`).join(','),
  ]);
  const columns = ['id', 'state', 'record_time', 'participants'];
  return textResult(
    columns.map((name) => textField(name)),
    rows,
  );
}

/** `2026-01-31 23:59:59.000 UTC`; nanoseconds of the epoch. */
function timeText(timeNs: bigint): string {
  const text = new Date(Number(timeNs / 1_000_000n)).toISOString();
  return `${text.replace('T', ' ').replace('Z', '')} UTC`;
}
