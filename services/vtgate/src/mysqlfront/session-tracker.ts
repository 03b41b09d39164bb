import type { StateChange } from '@vitess-ts/mysql';
import type { Session } from '../session/session';

/** The variables that MariaDB tells of unless told otherwise (`session_track_system_variables`). */
const charsets = ['character_set_client', 'character_set_connection', 'character_set_results'] as const;

/** Finds what has changed in a session since it was looked at last. */
export class SessionTracker {
  private schema = '';
  private variables: ReadonlyMap<string, string>;

  constructor(session: Session) {
    this.variables = variablesOf(session);
  }

  take(session: Session): StateChange[] {
    const changes: StateChange[] = [];
    const variables = variablesOf(session);
    for (const [name, value] of variables) {
      if (this.variables.get(name) !== value) changes.push({ kind: 'variable', name, value });
    }
    const { keyspace } = session.target;
    if (keyspace !== this.schema) changes.push({ kind: 'schema', name: keyspace });
    this.variables = variables;
    this.schema = keyspace;
    return changes;
  }
}

function variablesOf(session: Session): Map<string, string> {
  const variables = new Map([['autocommit', session.autocommit ? 'ON' : 'OFF']]);
  for (const name of charsets) variables.set(name, session.gateVariables.get(name) ?? 'utf8mb4');
  const timeZone = session.systemVariables.get('time_zone') ?? 'SYSTEM';
  variables.set('time_zone', timeZone.replace(/^'(.*)'$/s, '$1'));
  return variables;
}
