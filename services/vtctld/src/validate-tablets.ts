import { tabletAliasEquals, tabletAliasString } from '@vitess-ts/proto';
import type { Permissions } from '@vitess-ts/proto/tabletmanagerdata';
import type { Tablet } from '@vitess-ts/proto/topodata';
import { Code, VtError } from '@vitess-ts/vterrors';
import { shortCallMs, type VtctldContext } from './context';
import { schemaDifferences } from './schema-differences';
import { tabletVersion } from './tablet-version';

/** The primary of a shard and its other tablets. FAILED_PRECONDITION when it has none. */
async function tabletsOf(
  { topo }: VtctldContext,
  keyspace: string,
  shard: string,
  signal: AbortSignal,
): Promise<{ primary: Tablet; others: Tablet[] }> {
  const { primaryAlias } = await topo.getShard(keyspace, shard, signal);
  if (!primaryAlias) {
    throw new VtError(
      Code.FAILED_PRECONDITION,
      `shard ${keyspace}/${shard} has no primary: give it one with PlannedReparentShard or InitShardPrimary`,
    );
  }
  const primary = await topo.getTablet(primaryAlias, signal);
  const tablets = await topo.getTabletsByShard(keyspace, shard, { signal });
  return { primary, others: tablets.filter(({ alias }) => !tabletAliasEquals(alias, primaryAlias)) };
}

/** What makes tablets of a shard differ from its primary, as `compare` says; `ask` is what they are asked. */
async function compareWithPrimary<T>(
  vtctld: VtctldContext,
  keyspace: string,
  shard: string,
  signal: AbortSignal,
  ask: (tablet: Tablet) => Promise<T>,
  compare: (primary: string, ofPrimary: T, tablet: string, ofTablet: T) => string[],
): Promise<string[]> {
  let tablets: { primary: Tablet; others: Tablet[] };
  let reference: T;
  try {
    tablets = await tabletsOf(vtctld, keyspace, shard, signal);
    reference = await ask(tablets.primary);
  } catch (error) {
    if (signal.aborted) throw error;
    return [(error as Error).message];
  }
  const primary = tabletAliasString(tablets.primary.alias);
  const results = await Promise.all(
    tablets.others.map(async (tablet) => {
      const alias = tabletAliasString(tablet.alias);
      return ask(tablet).then(
        (answer) => compare(primary, reference, alias, answer),
        (error: Error) => [`tablet ${alias} cannot be compared: ${error.message}`],
      );
    }),
  );
  return results.flat();
}

export function versionProblems(
  vtctld: VtctldContext,
  keyspace: string,
  shard: string,
  signal: AbortSignal,
): Promise<string[]> {
  const ask = (tablet: Tablet): Promise<string> => tabletVersion(tablet, signal);
  return compareWithPrimary(vtctld, keyspace, shard, signal, ask, (primary, expected, alias, version) =>
    version === expected
      ? []
      : [
          `primary ${primary} version ${expected} is different than replica ${alias} version ${version}: ` +
            `upgrade the replicas first, then reparent to one`,
        ],
  );
}

export function permissionProblems(
  vtctld: VtctldContext,
  keyspace: string,
  shard: string,
  signal: AbortSignal,
): Promise<string[]> {
  const settings = { signal, timeoutMs: shortCallMs };
  const ask = async (tablet: Tablet): Promise<Map<string, string>> =>
    accounts((await vtctld.tm.getPermissions(tablet, {}, settings)).permissions);
  return compareWithPrimary(vtctld, keyspace, shard, signal, ask, (primary, expected, alias, found) => [
    ...[...expected]
      .filter(([account]) => !found.has(account))
      .map(([account]) => `${primary} has an extra ${account} that ${alias} lacks`),
    ...[...found]
      .filter(([account]) => !expected.has(account))
      .map(([account]) => `${alias} has an extra ${account} that ${primary} lacks`),
    ...[...expected]
      .filter(([account, grants]) => found.has(account) && found.get(account) !== grants)
      .map(([account]) => `permissions differ on ${account} between ${primary} and ${alias}`),
  ]);
}

/** Each account with what it may do, as text. */
function accounts(permissions: Permissions | undefined): Map<string, string> {
  const users = (permissions?.userPermissions ?? []).map(
    ({ user, host, passwordChecksum, privileges }) =>
      [`user ${user}@${host}`, `${passwordChecksum} ${sortedText(privileges)}`] as const,
  );
  const databases = (permissions?.dbPermissions ?? []).map(
    ({ user, host, db, privileges }) =>
      [`database grant of ${user}@${host} on ${db}`, sortedText(privileges)] as const,
  );
  return new Map([...users, ...databases]);
}

const sortedText = (map: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));

/** How the schemas of a shard's other tablets differ from its primary's. */
export function schemaProblems(
  vtctld: VtctldContext,
  keyspace: string,
  shard: string,
  selection: { excludeTables: string[]; includeViews: boolean },
  signal: AbortSignal,
): Promise<string[]> {
  const ask = async (tablet: Tablet) => {
    const request = { tables: [], tableSchemaOnly: true, ...selection };
    const { schemaDefinition } = await vtctld.tm.getSchema(tablet, request, {
      signal,
      timeoutMs: shortCallMs,
    });
    return schemaDefinition?.tableDefinitions ?? [];
  };
  return compareWithPrimary(vtctld, keyspace, shard, signal, ask, schemaDifferences);
}
