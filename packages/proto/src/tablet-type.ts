import { TabletType, tabletTypeToJSON } from './gen/topodata';
import { InvalidProtoValue } from './invalid-proto-value';

const values: readonly TabletType[] = [
  TabletType.UNKNOWN,
  TabletType.PRIMARY,
  TabletType.REPLICA,
  TabletType.RDONLY,
  TabletType.SPARE,
  TabletType.EXPERIMENTAL,
  TabletType.BACKUP,
  TabletType.RESTORE,
  TabletType.DRAINED,
];

/**
 * `PRIMARY`, `REPLICA`, `RDONLY`, ... Never index the enum for this: `TabletType[1]` is MASTER and `TabletType[3]` is
 * BATCH, the old names. A number of a later version gives itself, as text.
 */
export function tabletTypeName(type: TabletType): string {
  return values.includes(type) ? tabletTypeToJSON(type) : String(type);
}

/** The same in lower case, as targets, flags and logs write it. */
export function tabletTypeLowerName(type: TabletType): string {
  return tabletTypeName(type).toLowerCase();
}

/** Reads a tablet type in upper or lower case, also by its old name: master, batch. */
export function parseTabletType(text: string): TabletType {
  const name = text.toUpperCase();
  if (name === 'MASTER') return TabletType.PRIMARY;
  if (name === 'BATCH') return TabletType.RDONLY;
  const type = values.find((value) => tabletTypeToJSON(value) === name);
  if (type === undefined) throw new InvalidProtoValue(`unknown TabletType ${text}`);
  return type;
}
