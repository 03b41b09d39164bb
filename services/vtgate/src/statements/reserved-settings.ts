import type { StatementCall } from '../executor/statement-call';
import type { Backend } from '../executor/backend';
import { backendValueOf } from '../variables/charset';

/**
 * Keeps the session's own connections in step with its variables. Every such connection gets each change; when there is
 * none yet, one is opened, so that a value that the server refuses is refused now and not at the next statement.
 */
export class ReservedSettings {
  constructor(private readonly backend: Backend) {}

  /** `names`: those that are new or have another value. */
  async apply(call: StatementCall, names: readonly string[]): Promise<void> {
    const { session } = call;
    if (names.length === 0) return;
    if (!session.shardSessions.some((s) => s.reservedId !== 0n)) {
      await this.backend.query(session, call.call, '', 'select 1');
      return;
    }
    const assignments = names.map((name) => `${name} = ${session.systemVariables.get(name)}`);
    await this.backend.onReserved(session, call.call, `set session ${assignments.join(', session ')}`);
  }

  async reset(call: StatementCall, names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    const assignments = names.map((name) => `${name} = ${backendValueOf(name) ?? 'default'}`);
    await this.backend.onReserved(call.session, call.call, `set session ${assignments.join(', session ')}`);
  }

  /** Runs a change of the session's variables and brings its connections in step; a refused one is undone. */
  async change(call: StatementCall, change: () => void): Promise<void> {
    const { session } = call;
    const before = new Map(session.systemVariables);
    change();
    const after = session.systemVariables;
    const changed = [...after.keys()].filter((name) => after.get(name) !== before.get(name));
    try {
      await this.reset(
        call,
        [...before.keys()].filter((name) => !after.has(name)),
      );
      await this.apply(call, changed);
    } catch (error) {
      session.systemVariables = before;
      throw error;
    }
  }
}
