import { messageToJson } from '@vitess-ts/proto';
import type { RecordChange, TabletCall } from '@vitess-ts/proto/vtaudit';
import { messageTypeOfPath } from '@vitess-ts/topo';

/** Longer records are cut in the journal. */
const longestRecord = 16_000;

/** What one call changed, in order. */
export class Journal {
  readonly changes: RecordChange[] = [];
  readonly tabletCalls: TabletCall[] = [];

  /** @param dryRun nothing is changed: this is what would have been. */
  constructor(readonly dryRun: boolean) {}

  /** null for a record that is not there. A write that changes nothing is none. */
  changed(cell: string, path: string, before: Uint8Array | null, after: Uint8Array | null): void {
    if (before && after && Buffer.compare(before, after) === 0) return;
    this.changes.push({ cell, path, before: shown(path, before), after: shown(path, after) });
  }

  told(tablet: string, rpc: string): void {
    this.tabletCalls.push({ tablet, rpc });
  }
}

function shown(path: string, contents: Uint8Array | null): string {
  if (!contents) return '';
  const text = json(path, contents);
  return text.length > longestRecord ? `${text.slice(0, longestRecord)}… (${text.length} characters)` : text;
}

function json(path: string, contents: Uint8Array): string {
  const type = messageTypeOfPath(path);
  if (type) {
    try {
      return JSON.stringify(messageToJson(type, contents, { emitUnpopulated: false }));
    } catch {
      // Not a record of this kind after all: shown as it is.
    }
  }
  return JSON.stringify(Buffer.from(contents).toString());
}
