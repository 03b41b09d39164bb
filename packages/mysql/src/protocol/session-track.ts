import { PayloadWriter } from './payload-writer';

/** A change of the session that clients with SESSION_TRACK are told of. */
export type StateChange =
  /** The selected schema. */
  { kind: 'schema'; name: string } | { kind: 'variable'; name: string; value: string };

const SYSTEM_VARIABLES = 0;
const SCHEMA = 1;

/** The changes as an OK packet carries them (MySQL manual, Session State Information). */
export function encodeStateChanges(changes: readonly StateChange[]): Buffer {
  const writer = new PayloadWriter(64);
  for (const change of changes) {
    const data = new PayloadWriter(32);
    if (change.kind === 'schema') data.lenencString(change.name);
    else data.lenencString(change.name).lenencString(change.value);
    writer.uint8(change.kind === 'schema' ? SCHEMA : SYSTEM_VARIABLES).lenencBytes(data.finish());
  }
  return writer.finish();
}
