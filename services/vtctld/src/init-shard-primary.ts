import { tabletAliasEquals, tabletAliasString } from '@vitess-ts/proto';
import { TabletType, type Tablet, type TabletAlias } from '@vitess-ts/proto/topodata';
import type { InitShardPrimaryRequest } from '@vitess-ts/proto/vtctldata';
import type { LockDescriptor } from '@vitess-ts/topo';
import { Code, VtError } from '@vitess-ts/vterrors';
import { durationMs, shortCallMs, timeOf, type EventLog, type VtctldContext } from './context';
import { durabilityPolicy } from './durability';

/**
 * Gives a new shard its first primary: the elected tablet, or the first replica. All tablets forget what they have
 * replicated so far and begin from the new primary's position, so a shard that has a primary is refused unless forced:
 * its tablets must hold the same data.
 */
export async function initShardPrimary(
  vtctld: VtctldContext,
  request: InitShardPrimaryRequest,
  events: EventLog,
  signal: AbortSignal,
): Promise<void> {
  const { keyspace, shard, force } = request;
  const { topo } = vtctld;
  await topo.withShardLock(
    keyspace,
    shard,
    'InitShardPrimary',
    async (lock) => {
      const { primaryAlias } = await topo.getShard(keyspace, shard, signal);
      if (primaryAlias && !force) {
        throw new VtError(
          Code.FAILED_PRECONDITION,
          `shard ${keyspace}/${shard} has a primary, ${tabletAliasString(primaryAlias)}: change it by a planned ` +
            `reparent, or use force to set all tablets up anew`,
        );
      }
      const tablets = await topo.getTabletsByShard(keyspace, shard, { signal });
      const primary = elect(request, tablets);
      events.info(`initializing primary ${tabletAliasString(primary.alias)} of shard ${keyspace}/${shard}`);
      await setUp(vtctld, request, primary, tablets, lock, events, signal);
    },
    { signal },
  );
}

function elect(
  { keyspace, shard, primaryElectTabletAlias: wanted }: InitShardPrimaryRequest,
  tablets: readonly Tablet[],
): Tablet {
  const candidates = tablets.filter(({ type }) => type === TabletType.REPLICA || type === TabletType.PRIMARY);
  const elected = wanted
    ? tablets.find(({ alias }) => tabletAliasEquals(alias, wanted))
    : candidates.sort((a, b) => (tabletAliasString(a.alias) < tabletAliasString(b.alias) ? -1 : 1))[0];
  if (elected && candidates.includes(elected)) return elected;
  const name = wanted ? `tablet ${tabletAliasString(wanted)} is no replica` : 'there is no replica';
  throw new VtError(
    Code.FAILED_PRECONDITION,
    `${name} of shard ${keyspace}/${shard} that could become its primary`,
  );
}

async function setUp(
  { topo, tm }: VtctldContext,
  request: InitShardPrimaryRequest,
  elected: Tablet,
  tablets: readonly Tablet[],
  lock: LockDescriptor,
  events: EventLog,
  signal: AbortSignal,
): Promise<void> {
  const { keyspace, shard } = request;
  const alias = elected.alias as TabletAlias;
  const short = { signal, timeoutMs: shortCallMs };
  const wait = { signal, timeoutMs: durationMs(request.waitReplicasTimeout, 30_000) };
  const policy = durabilityPolicy((await topo.getKeyspace(keyspace, signal)).durabilityPolicy);
  const replicas = tablets.filter((tablet) => tablet !== elected);

  await lock.check(signal);
  await onAll(tablets, 'reset of replication', (tablet) => tm.resetReplication(tablet, {}, short));
  await lock.check(signal);
  // With semi-sync and nobody to acknowledge, the primary's first write would wait for ever.
  const semiSync = policy.ackers > 0 && replicas.some((replica) => policy.isAcker(elected, replica));
  const { position } = await tm.initPrimary(elected, { semiSync }, short);
  events.info(`primary ${tabletAliasString(alias)} starts at ${position}`);

  await lock.check(signal);
  const nowMs = Date.now();
  const timeCreatedNs = BigInt(nowMs) * 1_000_000n;
  const following = onAll(replicas, 'initialization', (replica) =>
    tm.initReplica(
      replica,
      {
        parent: alias,
        replicationPosition: position,
        timeCreatedNs,
        semiSync: policy.isAcker(elected, replica),
      },
      wait,
    ),
  );
  const journaled = tm.populateReparentJournal(
    elected,
    { timeCreatedNs, actionName: 'InitShardPrimary', primaryAlias: alias, replicationPosition: position },
    wait,
  );
  const [replicasDone, journalDone] = await Promise.allSettled([following, journaled]);
  if (journalDone.status === 'rejected') throw journalDone.reason;

  await lock.check(signal);
  await recordPrimary({ topo }, elected, nowMs, signal);
  events.info(`shard ${keyspace}/${shard} has primary ${tabletAliasString(alias)}`);
  // The shard has its primary all the same; what failed can be repaired tablet by tablet.
  if (replicasDone.status === 'rejected') throw replicasDone.reason;
}

/** Shard and tablet agree on who is primary and since when; the tablet may have written its part already. */
async function recordPrimary(
  { topo }: Pick<VtctldContext, 'topo'>,
  { alias, keyspace, shard }: Tablet,
  nowMs: number,
  signal: AbortSignal,
): Promise<void> {
  const primaryAlias = alias as TabletAlias;
  const tablet = await topo.updateTabletFields(
    primaryAlias,
    (record) => {
      if (record.type === TabletType.PRIMARY && record.primaryTermStartTime) return false;
      record.type = TabletType.PRIMARY;
      record.primaryTermStartTime = timeOf(nowMs);
      return true;
    },
    signal,
  );
  await topo.updateShardFields(
    keyspace,
    shard,
    (record) => {
      record.primaryAlias = primaryAlias;
      record.primaryTermStartTime = tablet.primaryTermStartTime;
    },
    signal,
  );
}

/** Waits for all, then throws naming each tablet that failed. */
async function onAll(
  tablets: readonly Tablet[],
  what: string,
  call: (tablet: Tablet) => Promise<unknown>,
): Promise<void> {
  const failures: { alias: string; error: Error }[] = [];
  await Promise.all(
    tablets.map((tablet) =>
      call(tablet).catch((error: Error) => {
        failures.push({ alias: tabletAliasString(tablet.alias), error });
      }),
    ),
  );
  if (failures.length === 0) return;
  const [first] = failures;
  throw new VtError(
    (first.error as { code?: Code }).code ?? Code.UNKNOWN,
    `${what} failed on ${failures.map(({ alias, error }) => `tablet ${alias}: ${error.message}`).join('; ')}`,
    { cause: first.error },
  );
}
