import { randomBytes } from 'node:crypto';

/** A name for a transaction that no gate gives twice; of two names, the larger one is that of the later transaction. */
export function newTransactionName(): string {
  return `${String(Date.now()).padStart(14, '0')}-${randomBytes(6).toString('hex')}`;
}
