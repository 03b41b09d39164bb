import type { StatementCall } from '../executor/statement-call';
import type { Backend } from '../executor/backend';

/**
 * Keeps the session's own connections in step with its variables. Every such connection gets each change; when there is
 * none yet, one is opened, so that a value that the server refuses is refused now and not at the next statement.
 */
export class ReservedSettings {
  constructor(private readonly backend: Backend) {}

  async apply(call: StatementCall, name?: string): Promise<void> {
    const { session } = call;
    if (session.systemVariables.size === 0) return;
    const names = name === undefined ? [...session.systemVariables.keys()] : [name];
    const assignments = names.map((n) => `${n} = ${session.systemVariables.get(n)}`);
    if (!session.shardSessions.some((s) => s.reservedId !== 0n)) {
      await this.backend.query(session, call.call, '', 'select 1');
      return;
    }
    await this.backend.onReserved(session, call.call, `set session ${assignments.join(', session ')}`);
  }

  async reset(name: string, call: StatementCall): Promise<void> {
    await this.backend.onReserved(call.session, call.call, `set session ${name} = default`);
  }
}
