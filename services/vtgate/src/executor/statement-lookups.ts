import { resolveDestination, type KeyspaceId } from '@vitess-ts/key';
import { TabletType } from '@vitess-ts/proto/topodata';
import type { BindVariables, Result } from '@vitess-ts/sqltypes';
import type { LookupCursor, LookupEntry, LookupOrder } from '@vitess-ts/vindexes';
import type { Session } from '../session/session';
import { removalsIn } from '../session/pending-removals';
import type { Gateway } from './gateway';
import { ShardConnections, type StatementShape } from './shard-connections';

/** Runs a statement of the gate's own for a session. */
export type RunInner = (sql: string, bindVariables: BindVariables, order: LookupOrder) => Promise<Result>;

/** What the lookup vindexes of one statement ask of the gate. */
export class StatementLookups implements LookupCursor {
  constructor(
    private readonly session: Session,
    private readonly gateway: Gateway,
    private readonly shape: StatementShape,
    private readonly signal: AbortSignal,
    readonly locksReads: boolean,
    private readonly run: RunInner,
  ) {}

  async execute(sql: string, bindVariables: BindVariables, order: LookupOrder): Promise<Result> {
    return this.withoutWarnings(() => this.run(sql, bindVariables, order));
  }

  async executeAt(
    keyspace: string,
    id: KeyspaceId,
    sql: string,
    bindVariables: BindVariables,
    order: 'normal' | 'post',
  ): Promise<Result> {
    const commitOrder = order === 'post' ? order : undefined;
    const shards = this.gateway.shards(keyspace, TabletType.PRIMARY);
    const [{ name: shard }] = resolveDestination({ kind: 'keyspaceId', id }, shards);
    const [result] = await this.withoutWarnings(() =>
      new ShardConnections(this.session, this.gateway).execute(
        { ...this.shape, tabletType: TabletType.PRIMARY, commitOrder },
        [{ keyspace, shard }],
        [{ sql, bindVariables }],
        { isDml: true, canAutocommit: false },
        this.signal,
      ),
    );
    return result;
  }

  removeLater(entry: LookupEntry): void {
    this.note('remove', entry);
  }

  removals(keyspace: string, vindex: string): readonly LookupEntry[] {
    if (this.session.lookupRemovals.length === 0) return [];
    return removalsIn(this.session.lookupRemovals).filter(
      (entry) => entry.keyspace === keyspace && entry.vindex === vindex,
    );
  }

  keep(entry: LookupEntry): void {
    this.note('keep', entry);
  }

  private note(kind: 'remove' | 'keep', entry: LookupEntry): void {
    this.session.lookupRemovals.push({ kind, entry, savepoints: this.session.savepoints.length });
  }

  /** The client did not write these statements: it hears nothing of their warnings. */
  private async withoutWarnings<T>(run: () => Promise<T>): Promise<T> {
    const before = this.session.warnings.length;
    try {
      return await run();
    } finally {
      this.session.warnings.splice(before);
    }
  }
}
