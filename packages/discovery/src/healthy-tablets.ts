import { TabletType } from '@vitess-ts/proto/topodata';
import type { TabletHealth } from './tablet-health';

export interface LagLimits {
  /** Replicas with at most this lag are taken before all others. */
  lowLagSeconds: number;
  /** Replicas over this lag are never taken. */
  highLagSeconds: number;
  /** While fewer than this many have low lag, the least lagging of the others are added. */
  minTablets: number;
}

/** Cells in the order of preference: the caller's own, then those of its alias, then the rest. */
export interface CellPreference {
  localCell: string;
  /** Cells that count as local beside the caller's own (cell aliases). */
  nearCells: ReadonlySet<string>;
}

/**
 * The tablets of one shard and type that may be asked. A primary is alone: of several claims the latest term wins,
 * and one whose term is older than `latestTerm` never does, so that a primary that was replaced while we could not
 * see its successor is not written to again.
 */
export function healthyTablets(
  candidates: readonly TabletHealth[],
  tabletType: TabletType,
  latestTerm: number,
  lag: LagLimits,
  cells: CellPreference,
): TabletHealth[] {
  const serving = candidates.filter((t) => t.serving);
  if (tabletType === TabletType.PRIMARY) {
    return serving.filter((t) => t.primaryTermStart >= latestTerm).slice(0, 1);
  }
  return byCell(withinLag(serving, lag), cells);
}

function withinLag(tablets: readonly TabletHealth[], limits: LagLimits): TabletHealth[] {
  const usable = tablets
    .filter((t) => t.lagSeconds <= limits.highLagSeconds)
    .sort((a, b) => a.lagSeconds - b.lagSeconds);
  const low = usable.filter((t) => t.lagSeconds <= limits.lowLagSeconds);
  return low.length >= limits.minTablets ? low : usable.slice(0, Math.max(low.length, limits.minTablets));
}

function byCell(tablets: readonly TabletHealth[], cells: CellPreference): TabletHealth[] {
  return [...tablets].sort((a, b) => cellRank(a, cells) - cellRank(b, cells));
}

/** 0 own cell, 1 near cell, 2 elsewhere. */
export function cellRank(tablet: TabletHealth, cells: CellPreference): number {
  const cell = tablet.tablet.alias?.cell ?? '';
  if (cell === cells.localCell) return 0;
  return cells.nearCells.has(cell) ? 1 : 2;
}
