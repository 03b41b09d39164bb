import { Mutex } from '@vitess-ts/base';
import { tabletAliasEquals, tabletTypeName } from '@vitess-ts/proto';
import { TabletType, type Tablet, type TabletAlias } from '@vitess-ts/proto/topodata';
import type { Time } from '@vitess-ts/proto/vttime';
import { isNoNode, type TopoServer } from '@vitess-ts/topo';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { StateManager } from '../tabletserver/state-manager';

export interface TypeChangerOptions {
  alias: TabletAlias;
  topo: TopoServer;
  state: StateManager;
  /** Lets writes in or keeps them out, on mysqld. */
  setReadOnly: (on: boolean) => Promise<void>;
  /** Ends the transactions of a primary that is one no longer. */
  endTransactions: (reason: string) => Promise<void>;
  /** Does prepared transactions of the redo log again, before writes are let in. */
  recoverPrepared: (signal: AbortSignal) => Promise<void>;
  /** The tablet starts as a primary that cannot be written to: what is in doubt could not be done again. */
  onClosed: (error: unknown) => void;
  /** Lets go of prepared transactions, which the redo log keeps, after writes are kept out. */
  closePrepared: (reason: string) => Promise<void>;
}

/**
 * Changes what the tablet is: on mysqld, in the topology and in its serving state, in the order that never lets two
 * primaries be written to. One change at a time.
 */
export class TypeChanger {
  private readonly mutex = new Mutex();
  private current?: Tablet;
  /** Between the halves of a planned reparent: still the primary by its record, but it must not serve. */
  private demoted = false;

  constructor(private readonly options: TypeChangerOptions) {}

  /** The tablet's record as it was last read or written. */
  get tablet(): Tablet {
    if (!this.current) throw new VtError(Code.FAILED_PRECONDITION, 'the tablet has no record yet');
    return this.current;
  }

  /**
   * At the start: the tablet is primary when the shard says so, else what it is told to be. A record that it left goes
   * on to count for an unchanged primary's term.
   */
  async init(record: Tablet, signal: AbortSignal): Promise<void> {
    const { topo, alias } = this.options;
    const shard = await topo.getOrCreateShard(record.keyspace, record.shard, signal);
    const isPrimary = tabletAliasEquals(shard.primaryAlias, alias);
    const tablet: Tablet = {
      ...record,
      keyRange: shard.keyRange,
      type: isPrimary ? TabletType.PRIMARY : record.type,
      primaryTermStartTime: isPrimary ? (shard.primaryTermStartTime ?? timeNow()) : undefined,
    };
    await topo.initTablet(tablet, signal);
    this.current = tablet;
    if (!isPrimary) await this.options.setReadOnly(true);
    else await this.openForWrites(signal).catch((error: unknown) => this.options.onClosed(error));
    await this.applyState(signal);
  }

  /** Makes this tablet the primary: it takes writes, and says so, with a new term. */
  async becomePrimary(signal: AbortSignal): Promise<void> {
    await this.mutex.runExclusive(async () => {
      const term = timeNow();
      // A primary that is told again goes on with what it has open.
      const isOpen = this.current?.type === TabletType.PRIMARY && !this.demoted;
      if (isOpen) await this.options.setReadOnly(false);
      else await this.openForWrites(signal);
      try {
        await this.writeRecord(TabletType.PRIMARY, term, signal);
        await this.writeShard(term, signal);
      } catch (error) {
        // Nobody knows of the new primary: nobody may write to it.
        await this.options.setReadOnly(true);
        await this.options.closePrepared('the tablet did not become the primary');
        throw error;
      }
      this.demoted = false;
      await this.applyState(signal);
    }, signal);
  }

  /** Makes it any other type; a primary ends its transactions and is read-only before that is known. */
  async change(type: TabletType, signal: AbortSignal): Promise<void> {
    if (type === TabletType.PRIMARY) return this.becomePrimary(signal);
    if (!changeable.has(type)) {
      throw new VtError(Code.INVALID_ARGUMENT, `a tablet cannot be made ${tabletTypeName(type)}`);
    }
    await this.mutex.runExclusive(async () => {
      const wasPrimary = this.tablet.type === TabletType.PRIMARY;
      if (wasPrimary) await this.stopWriting(`tablet becomes ${tabletTypeName(type)}`);
      await this.writeRecord(type, undefined, signal);
      this.demoted = false;
      await this.applyState(signal);
    }, signal);
  }

  /**
   * First half of a planned reparent: nothing new begins from here on; what is open may end within the grace period, the
   * rest is rolled back, and mysqld is read-only when this resolves.
   */
  async demote(signal: AbortSignal): Promise<void> {
    await this.mutex.runExclusive(async () => {
      this.demoted = true;
      await this.stopWriting('primary is being demoted');
    }, signal);
  }

  /** Takes `demote` back. */
  async undoDemote(signal: AbortSignal): Promise<void> {
    await this.mutex.runExclusive(async () => {
      await this.openForWrites(signal);
      this.demoted = false;
      await this.applyState(signal);
    }, signal);
  }

  /**
   * mysqld was started again, and is read-only: it takes writes only as the shard's primary. The shard is asked, for
   * another tablet may have taken over meanwhile; this one is a replica then.
   */
  async mysqldRestarted(signal: AbortSignal): Promise<void> {
    await this.mutex.runExclusive(async () => {
      const { keyspace, shard, type } = this.tablet;
      if (type !== TabletType.PRIMARY) return this.options.setReadOnly(true);
      const { primaryAlias } = await this.options.topo.getShard(keyspace, shard, signal);
      const isPrimary = tabletAliasEquals(primaryAlias, this.options.alias);
      if (isPrimary && !this.demoted) await this.openForWrites(signal);
      else await this.options.setReadOnly(true);
      if (isPrimary || !primaryAlias) return;
      await this.writeRecord(TabletType.REPLICA, undefined, signal);
      this.demoted = false;
      await this.applyState(signal);
    }, signal);
  }

  /** Tries again what `onClosed` told of. */
  async reopen(signal: AbortSignal): Promise<void> {
    await this.mutex.runExclusive(async () => {
      if (this.tablet.type === TabletType.PRIMARY && !this.demoted) await this.openForWrites(signal);
    }, signal);
  }

  /** Reads the records again and follows them. */
  async refresh(signal: AbortSignal): Promise<void> {
    await this.mutex.runExclusive(async () => {
      this.current = await this.options.topo.getTablet(this.options.alias, signal);
      await this.applyState(signal);
    }, signal);
  }

  /** What is in doubt takes its locks before anybody else can. Rejects, with writes still kept out, when it cannot. */
  private async openForWrites(signal: AbortSignal): Promise<void> {
    await this.options.setReadOnly(true);
    await this.options.recoverPrepared(signal);
    await this.options.setReadOnly(false);
  }

  private async stopWriting(reason: string): Promise<void> {
    const { state, endTransactions, setReadOnly } = this.options;
    state.drain();
    await endTransactions(reason);
    await setReadOnly(true);
    await this.options.closePrepared(reason);
    state.setType(this.tablet.type, termOf(this.tablet), false);
  }

  private async writeRecord(type: TabletType, term: Time | undefined, signal: AbortSignal): Promise<void> {
    this.current = await this.options.topo.updateTabletFields(
      this.options.alias,
      (record) => {
        record.type = type;
        record.primaryTermStartTime = term;
      },
      signal,
    );
  }

  /** The shard names its primary; a newer term of another tablet stays. */
  private async writeShard(term: Time, signal: AbortSignal): Promise<void> {
    const { topo, alias } = this.options;
    await topo.updateShardFields(
      this.tablet.keyspace,
      this.tablet.shard,
      (shard) => {
        if (secondsOf(shard.primaryTermStartTime) > secondsOf(term)) return false;
        shard.primaryAlias = alias;
        shard.primaryTermStartTime = term;
        return true;
      },
      signal,
    );
  }

  /** Serves as what the record says, unless a traffic switch has turned this type off. */
  private async applyState(signal: AbortSignal): Promise<void> {
    const { tablet } = this;
    const wanted = !this.demoted && (await this.isMeantToServe(tablet, signal));
    this.options.state.setType(tablet.type, termOf(tablet), wanted);
  }

  private async isMeantToServe(tablet: Tablet, signal: AbortSignal): Promise<boolean> {
    const { topo, alias } = this.options;
    if (tablet.type === TabletType.PRIMARY) {
      return (await topo.getShard(tablet.keyspace, tablet.shard, signal)).isPrimaryServing;
    }
    try {
      const serving = await topo.getSrvKeyspace(alias.cell, tablet.keyspace, signal);
      const partition = serving.partitions.find((p) => p.servedType === tablet.type);
      const control = partition?.shardTabletControls.find((c) => c.name === tablet.shard);
      return control?.queryServiceDisabled !== true;
    } catch (error) {
      // A keyspace that has never been in the serving graph has nothing turned off.
      if (isNoNode(error)) return true;
      throw error;
    }
  }
}

const changeable: ReadonlySet<TabletType> = new Set([
  TabletType.REPLICA,
  TabletType.RDONLY,
  TabletType.SPARE,
  TabletType.EXPERIMENTAL,
  TabletType.BACKUP,
  TabletType.RESTORE,
  TabletType.DRAINED,
]);

function timeNow(): Time {
  const ms = Date.now();
  return { seconds: BigInt(Math.floor(ms / 1000)), nanoseconds: (ms % 1000) * 1_000_000 };
}

function secondsOf(time: Time | undefined): number {
  return time === undefined ? 0 : Number(time.seconds) + time.nanoseconds / 1e9;
}

function termOf(tablet: Tablet): number {
  return Number(tablet.primaryTermStartTime?.seconds ?? 0n);
}
