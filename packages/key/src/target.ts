import { Code, VtError } from '@vitess-ts/vterrors';
import type { TabletAlias } from '@vitess-ts/proto/topodata';
import { TabletType } from '@vitess-ts/proto/topodata';
import {
  InvalidProtoValue,
  parseTabletAlias,
  parseTabletType,
  tabletAliasString,
  tabletTypeLowerName,
} from '@vitess-ts/proto';
import type { Destination } from './destination';
import { toKeyspaceId } from './destination';
import { formatKeyRange, parseKeyRange } from './key-range';
import { clip, parseHexKey } from './keyspace-id';

/** Where a session's statements go. An empty keyspace means that none is selected. */
export interface TargetString {
  keyspace: string;
  /** Absent: the gate's default. */
  tabletType: TabletType | undefined;
  /** Set for a shard, key range or keyspace id: vindexes are bypassed. */
  destination: Destination | undefined;
  /** Set when one tablet is meant; then the tablet type is set too. */
  alias: TabletAlias | undefined;
}

/** Longer than any real target: a keyspace, a shard, a tablet type and an alias. */
const maxTargetLength = 1024;

/**
 * Reads a target as `USE` and a connection's database name give it: `ks`, `ks@replica`, `ks:-80`, `ks/-80`,
 * `ks:-80@rdonly`, `ks[80-]` (key range, must match shards), `ks[166b40]` (keyspace id), `@replica`,
 * `ks:-80@replica|zone1-0000000100`. Throws INVALID_ARGUMENT.
 */
export function parseTarget(text: string): TargetString {
  if (text.length > maxTargetLength) throw malformed(text, `it is longer than ${maxTargetLength} characters`);
  const at = text.lastIndexOf('@');
  const type =
    at < 0 ? { tabletType: undefined, alias: undefined } : parseTypeAndAlias(text.slice(at + 1), text);
  const place = at < 0 ? text : text.slice(0, at);
  return { ...parsePlace(place, text), ...type };
}

function parsePlace(place: string, text: string): Pick<TargetString, 'keyspace' | 'destination'> {
  if (place.endsWith(']')) {
    const open = place.indexOf('[');
    if (open < 0) throw malformed(text, 'it has "]" without "["');
    const inner = place.slice(open + 1, -1);
    if (inner === '') throw malformed(text, 'the brackets are empty');
    const destination: Destination = inner.includes('-')
      ? { kind: 'exactKeyRange', range: parseKeyRange(inner) }
      : toKeyspaceId(parseHexKey(inner));
    return named(place.slice(0, open), destination, text);
  }
  if (place.includes('[')) throw malformed(text, 'it has "[" without "]"');
  const cut = Math.max(place.lastIndexOf(':'), place.lastIndexOf('/'));
  if (cut < 0) return { keyspace: place, destination: undefined };
  const shard = place.slice(cut + 1);
  if (shard === '') throw malformed(text, 'the shard is missing');
  return named(place.slice(0, cut), { kind: 'shard', shard }, text);
}

function named(
  keyspace: string,
  destination: Destination,
  text: string,
): Pick<TargetString, 'keyspace' | 'destination'> {
  if (keyspace === '') throw malformed(text, 'a shard needs its keyspace before it');
  return { keyspace, destination };
}

function parseTypeAndAlias(part: string, text: string): Pick<TargetString, 'tabletType' | 'alias'> {
  const bar = part.indexOf('|');
  const typeName = bar < 0 ? part : part.slice(0, bar);
  try {
    const tabletType = parseTabletType(typeName);
    if (tabletType === TabletType.UNKNOWN)
      throw new InvalidProtoValue('name a tablet type: primary, replica or rdonly');
    return { tabletType, alias: bar < 0 ? undefined : parseTabletAlias(part.slice(bar + 1)) };
  } catch (err) {
    if (err instanceof InvalidProtoValue) throw malformed(text, clip(err.message), err);
    throw err;
  }
}

function malformed(text: string, why: string, cause?: Error): VtError {
  return new VtError(Code.INVALID_ARGUMENT, `target "${clip(text)}" cannot be read: ${why}`, { cause });
}

/** The text that `parseTarget` reads back as the same target. */
export function formatTarget(target: TargetString): string {
  let text = target.keyspace + formatPlace(target.destination);
  if (target.tabletType !== undefined) text += `@${tabletTypeLowerName(target.tabletType)}`;
  if (target.alias) text += `|${tabletAliasString(target.alias)}`;
  return text;
}

function formatPlace(destination: Destination | undefined): string {
  switch (destination?.kind) {
    case undefined:
      return '';
    case 'shard':
      return `:${destination.shard}`;
    case 'exactKeyRange':
      return `[${formatKeyRange(destination.range)}]`;
    case 'keyspaceId':
      return `[${destination.id.toString('hex')}]`;
    default:
      throw new VtError(Code.INVALID_ARGUMENT, `a target string cannot say ${destination?.kind}`);
  }
}
