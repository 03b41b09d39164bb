import type { AlterVschema } from '@vitess-ts/sqlparser';
import type { Keyspace, SrvVSchema } from '@vitess-ts/proto/vschema';
import { emptyResult, type Result } from '@vitess-ts/sqltypes';
import { alterVSchemaBy, validateKeyspace } from '@vitess-ts/vindexes';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import type { SchemaSource } from '../executor/schema-source';
import type { StatementCall } from '../executor/statement-call';

/** Where vschemas are kept. */
export interface VSchemaStore {
  /** Replaces the vschema of a keyspace, with no other change of it in between, and tells all gates. */
  change(
    keyspace: string,
    change: (current: Keyspace, all: SrvVSchema) => Keyspace,
    signal: AbortSignal,
  ): Promise<void>;
}

/** Longest that a statement waits until its own gate has the new vschema. */
const SEEN_WITHIN_MS = 5_000;

/** ALTER VSCHEMA: vschemas as statements change them. */
export class AlterVSchemaStatements {
  constructor(
    private readonly store: VSchemaStore,
    /** Users that may; `%`: all. */
    private readonly authorizedUsers: readonly string[],
    private readonly schema: Pick<SchemaSource, 'changed' | 'current'>,
  ) {}

  async alter(statement: AlterVschema, { session, call }: StatementCall): Promise<Result> {
    const { user, target } = session;
    if (!this.authorizedUsers.includes('%') && !this.authorizedUsers.includes(user)) {
      throw new VtError(
        Code.PERMISSION_DENIED,
        `User '${user}' is not authorized to perform vschema operations: name it in --vschema-ddl-authorized-users`,
        { errno: 1142, sqlstate: '42000' },
      );
    }
    const keyspace = statement.table.keyspace ?? target.keyspace;
    if (keyspace === '') throw new SqlError(1046, '3D000', 'No database selected');
    const before = this.schema.current().version;
    await this.store.change(
      keyspace,
      (current, all) => {
        const changed = alterVSchemaBy(keyspace, current, statement);
        const { errors } = validateKeyspace(keyspace, changed, all);
        if (errors.length === 0) return changed;
        throw new VtError(
          Code.INVALID_ARGUMENT,
          `the vschema of ${keyspace} could not be used any more: ${errors.join('; ')}`,
        );
      },
      call.signal,
    );
    await this.schema.changed?.(before, SEEN_WITHIN_MS, call.signal);
    return emptyResult();
  }
}
