import { TabletAlias } from './gen/topodata';
import { InvalidProtoValue } from './invalid-proto-value';

const uidDigits = 10;
const maxUid = 0xffffffff;

/** `zone1-0000000100`: cell, dash, uid in ten digits. No alias gives "". */
export function tabletAliasString(alias: TabletAlias | undefined): string {
  return alias === undefined ? '' : `${alias.cell}-${String(alias.uid).padStart(uidDigits, '0')}`;
}

/**
 * Reads `zone1-0000000100`; the uid may have fewer digits. The cell may contain dashes: the last one counts.
 */
export function parseTabletAlias(text: string): TabletAlias {
  const match = /^([-_.a-zA-Z0-9]+)-([0-9]{1,20})$/.exec(text);
  if (match === null) {
    throw new InvalidProtoValue(`invalid tablet alias: '${text}', expecting the format of 'cell-0000000100'`);
  }
  const uid = Number(match[2]);
  if (uid > maxUid) throw new InvalidProtoValue(`invalid tablet alias: '${text}', the uid is over ${maxUid}`);
  return TabletAlias.create({ cell: match[1], uid });
}

/** Whether both name the same tablet; an absent alias equals only an absent one. */
export function tabletAliasEquals(a: TabletAlias | undefined, b: TabletAlias | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.cell === b.cell && a.uid === b.uid;
}
