import { parseTabletAlias } from '@vitess-ts/proto';
import { UsageError } from '@vitess-ts/servenv';
import { command, parseKeyspaceShard, type Command } from '../command';
import { callAndPrint, requestOf, requestOptions } from '../request-options';
import type { StreamName, UnaryName } from '../vtctld-calls';

type Rpc = UnaryName | StreamName;

/** What an action of a family calls, and the fields that the action itself gives. */
interface Action {
  rpc: Rpc;
  fixed?: Record<string, unknown>;
  /** Fields that arguments after the action give, in order. */
  args?: readonly string[];
}

/** A command with actions: `MoveTables create`. Flags are the fields of the requests; a keyspace is the target one. */
function family(name: string, short: string, actions: Readonly<Record<string, Action>>): Command {
  const names = Object.keys(actions);
  const rpcs = [...new Set(Object.values(actions).map(({ rpc }) => rpc))];
  const { keyspace, ...options } = requestOptions(rpcs, ['callerId']);
  return command({
    name,
    usage: `<${names.join('|')}> [flags] [arguments]`,
    short,
    options: { ...options, ...(keyspace && !options.targetKeyspace ? { targetKeyspace: keyspace } : {}) },
    letters: { w: 'workflow' },
    args: [1, Infinity],
    async run(call) {
      const [word, ...rest] = call.args;
      const action = Object.hasOwn(actions, word.toLowerCase()) ? actions[word.toLowerCase()] : undefined;
      if (!action) throw new UsageError(`${name} ${word}: the actions are ${names.join(', ')}`);
      const { rpc, fixed = {}, args = [] } = action;
      if (rest.length > args.length) {
        throw new UsageError(`${name} ${word} takes ${args.length} arguments, not ${rest.length}`);
      }
      const given = Object.fromEntries(rest.map((value, i) => [args[i], value]));
      const values: Readonly<Record<string, unknown>> = call.options;
      const all = { keyspace: values.targetKeyspace, ...values };
      await callAndPrint(call, rpc, requestOf(rpc, all, { ...fixed, ...given }));
    },
  });
}

/** A command for one RPC, whose arguments `parse` turns into fields. */
function single(
  name: string,
  rpc: Rpc,
  usage: string,
  short: string,
  args: readonly [number, number],
  parse: (args: readonly string[]) => Record<string, unknown>,
  without: readonly string[] = [],
): Command {
  return command({
    name,
    usage,
    short,
    options: requestOptions([rpc], ['keyspace', 'shard', 'tabletAlias', 'tablet', 'name', ...without]),
    args: [args[0], args[1]],
    run: (call) => callAndPrint(call, rpc, requestOf(rpc, call.options, parse(call.args))),
  });
}

const shard = ([path]: readonly string[]): Record<string, unknown> => parseKeyspaceShard(path);
const alias = ([word]: readonly string[]): Record<string, unknown> => ({
  tabletAlias: parseTabletAlias(word),
});

/** Commands of workflows, backups, reparents and online DDL; a vtctld that lacks one says so. */
export const familyCommands: Command[] = [
  family('MoveTables', 'Moves tables to another keyspace while they are used.', {
    create: { rpc: 'moveTablesCreate' },
    complete: { rpc: 'moveTablesComplete' },
    cancel: { rpc: 'workflowDelete' },
    status: { rpc: 'workflowStatus' },
    show: { rpc: 'getWorkflows' },
    start: { rpc: 'workflowUpdate' },
    stop: { rpc: 'workflowUpdate' },
    switchtraffic: { rpc: 'workflowSwitchTraffic' },
    reversetraffic: { rpc: 'workflowSwitchTraffic', fixed: { direction: 1 } },
    mirrortraffic: { rpc: 'workflowMirrorTraffic' },
  }),
  family('Reshard', 'Splits or merges the shards of a keyspace while they are used.', {
    create: { rpc: 'reshardCreate' },
    complete: { rpc: 'workflowDelete' },
    cancel: { rpc: 'workflowDelete' },
    status: { rpc: 'workflowStatus' },
    show: { rpc: 'getWorkflows' },
    start: { rpc: 'workflowUpdate' },
    stop: { rpc: 'workflowUpdate' },
    switchtraffic: { rpc: 'workflowSwitchTraffic' },
    reversetraffic: { rpc: 'workflowSwitchTraffic', fixed: { direction: 1 } },
  }),
  family('Migrate', 'Copies tables from another cluster.', {
    create: { rpc: 'migrateCreate' },
    complete: { rpc: 'moveTablesComplete' },
    cancel: { rpc: 'workflowDelete' },
    status: { rpc: 'workflowStatus' },
    show: { rpc: 'getWorkflows' },
  }),
  family('Materialize', 'Keeps the result of queries in tables.', {
    create: { rpc: 'materializeCreate' },
    cancel: { rpc: 'workflowDelete' },
    show: { rpc: 'getWorkflows' },
    start: { rpc: 'workflowUpdate' },
    stop: { rpc: 'workflowUpdate' },
    update: { rpc: 'workflowAddTables' },
  }),
  family('LookupVindex', 'Fills the table of a lookup vindex.', {
    create: { rpc: 'lookupVindexCreate' },
    complete: { rpc: 'lookupVindexComplete' },
    cancel: { rpc: 'workflowDelete' },
    show: { rpc: 'getWorkflows' },
    externalize: { rpc: 'lookupVindexExternalize' },
    internalize: { rpc: 'lookupVindexInternalize' },
  }),
  family('Workflow', 'Looks at workflows and steers them.', {
    list: { rpc: 'getWorkflows', fixed: { nameOnly: true } },
    show: { rpc: 'getWorkflows' },
    delete: { rpc: 'workflowDelete' },
    start: { rpc: 'workflowUpdate' },
    stop: { rpc: 'workflowUpdate' },
    update: { rpc: 'workflowUpdate' },
  }),
  family('VDiff', 'Compares the tables of a workflow with their sources.', {
    create: { rpc: 'vDiffCreate' },
    show: { rpc: 'vDiffShow', args: ['arg'] },
    stop: { rpc: 'vDiffStop', args: ['uuid'] },
    resume: { rpc: 'vDiffResume', args: ['uuid'] },
    delete: { rpc: 'vDiffDelete', args: ['arg'] },
  }),
  family('Mount', 'Names other clusters, for Migrate.', {
    register: { rpc: 'mountRegister' },
    unregister: { rpc: 'mountUnregister' },
    show: { rpc: 'mountShow' },
    list: { rpc: 'mountList' },
  }),
  family('OnlineDDL', 'Looks at schema migrations and steers them.', {
    show: { rpc: 'getSchemaMigrations', args: ['keyspace', 'uuid'] },
    cancel: { rpc: 'cancelSchemaMigration', args: ['keyspace', 'uuid'] },
    cleanup: { rpc: 'cleanupSchemaMigration', args: ['keyspace', 'uuid'] },
    complete: { rpc: 'completeSchemaMigration', args: ['keyspace', 'uuid'] },
    launch: { rpc: 'launchSchemaMigration', args: ['keyspace', 'uuid'] },
    retry: { rpc: 'retrySchemaMigration', args: ['keyspace', 'uuid'] },
    'force-cutover': { rpc: 'forceCutOverSchemaMigration', args: ['keyspace', 'uuid'] },
    throttle: { rpc: 'updateThrottlerConfig', args: ['keyspace'] },
    unthrottle: { rpc: 'updateThrottlerConfig', args: ['keyspace'] },
  }),
  family(
    'DistributedTransaction',
    'Looks at transactions over several shards that are not decided, and ends them.',
    {
      'unresolved-list': { rpc: 'getUnresolvedTransactions', args: ['keyspace'] },
      'get-info': { rpc: 'getTransactionInfo', args: ['dtid'] },
      conclude: { rpc: 'concludeTransaction', args: ['dtid'] },
    },
  ),
  single(
    'GetWorkflows',
    'getWorkflows',
    '[--active-only] [--name-only] <keyspace>',
    'Shows the workflows of a keyspace.',
    [1, 1],
    ([keyspace]) => ({ keyspace }),
  ),
  single(
    'Backup',
    'backup',
    '[--concurrency <n>] [--allow-primary] <tablet alias>',
    'Takes a backup of a tablet.',
    [1, 1],
    alias,
    ['initSql'],
  ),
  single(
    'BackupShard',
    'backupShard',
    '[--concurrency <n>] [--allow-primary] <keyspace/shard>',
    'Takes a backup of a shard.',
    [1, 1],
    shard,
    ['initSql'],
  ),
  single(
    'RestoreFromBackup',
    'restoreFromBackup',
    '[--restore-to-pos <pos>] <tablet alias>',
    'Restores a tablet from a backup.',
    [1, 1],
    alias,
  ),
  single(
    'GetBackups',
    'getBackups',
    '[--limit <limit>] <keyspace/shard>',
    'Shows the backups of a shard.',
    [1, 1],
    shard,
  ),
  single(
    'RemoveBackup',
    'removeBackup',
    '<keyspace/shard> <backup name>',
    'Deletes a backup.',
    [2, 2],
    (words) => ({ ...shard(words), name: words[1] }),
  ),
  single(
    'PlannedReparentShard',
    'plannedReparentShard',
    '[--new-primary <alias>] <keyspace/shard>',
    'Makes another tablet the primary of a shard that is well.',
    [1, 1],
    shard,
  ),
  single(
    'EmergencyReparentShard',
    'emergencyReparentShard',
    '[--new-primary <alias>] <keyspace/shard>',
    'Makes another tablet the primary of a shard whose primary is gone.',
    [1, 1],
    shard,
  ),
  single(
    'ReparentTablet',
    'reparentTablet',
    '<alias>',
    'Has a tablet follow the primary of its shard again.',
    [1, 1],
    ([word]) => ({ tablet: parseTabletAlias(word) }),
  ),
  single(
    'TabletExternallyReparented',
    'tabletExternallyReparented',
    '<alias>',
    'Says that a tablet was made primary by other means.',
    [1, 1],
    ([word]) => ({ tablet: parseTabletAlias(word) }),
  ),
];
