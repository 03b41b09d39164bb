import type { LiveCluster, LiveTablet } from './live-cluster';

export const heatmapMetrics = ['health', 'lag', 'qps'] as const;
export type HeatmapMetric = (typeof heatmapMetrics)[number];

interface Label {
  Name: string;
  Rowspan: number;
}

/** One keyspace: a row a cell and type, a column a shard, as Vitess's status page draws it. */
export interface Heatmap {
  KeyspaceLabel: Label;
  CellAndTypeLabels: { CellLabel: Label; TypeLabels: Label[] }[];
  ShardLabels: string[];
  /** By row and column: the metric; -1 where there is no such tablet. */
  Data: number[][];
  Aliases: (string | null)[][];
}

/** Replication lag from which a tablet counts as slow, in seconds. */
const slowLagSeconds = 60;

export function heatmaps(
  cluster: LiveCluster,
  metric: HeatmapMetric,
  wanted: { keyspace: string; cell: string; type: string },
): Heatmap[] {
  const fits = (filter: string, value: string): boolean =>
    filter === '' || filter === 'all' || filter === value;
  return cluster.keyspaces
    .filter(({ name }) => fits(wanted.keyspace, name))
    .map(({ name, shards }) => {
      const tablets = shards
        .flatMap((shard) => shard.tablets)
        .filter((tablet) => fits(wanted.cell, tablet.cell) && fits(wanted.type, tablet.type));
      return heatmap(
        name,
        shards.map((shard) => shard.name),
        tablets,
        metric,
      );
    });
}

function heatmap(
  keyspace: string,
  shards: string[],
  tablets: readonly LiveTablet[],
  metric: HeatmapMetric,
): Heatmap {
  const map: Heatmap = {
    KeyspaceLabel: { Name: keyspace, Rowspan: 0 },
    CellAndTypeLabels: [],
    ShardLabels: shards,
    Data: [],
    Aliases: [],
  };
  for (const cell of distinct(tablets.map((tablet) => tablet.cell))) {
    const types: Label[] = [];
    const ofCell = tablets.filter((tablet) => tablet.cell === cell);
    for (const type of distinct(ofCell.map((tablet) => tablet.type))) {
      const columns = shards.map((shard) => ofCell.filter((t) => t.type === type && t.shard === shard));
      const rows = Math.max(...columns.map((column) => column.length));
      for (let row = 0; row < rows; row++) {
        map.Data.push(columns.map((column) => (column[row] ? valueOf(column[row], metric) : -1)));
        map.Aliases.push(columns.map((column) => column[row]?.alias ?? null));
      }
      types.push({ Name: type, Rowspan: rows });
    }
    const Rowspan = types.reduce((sum, label) => sum + label.Rowspan, 0);
    map.CellAndTypeLabels.push({ CellLabel: { Name: cell, Rowspan }, TypeLabels: types });
    map.KeyspaceLabel.Rowspan += Rowspan;
  }
  return map;
}

/** For health: 0 is well, 1 lags, 3 does not serve. */
function valueOf(tablet: LiveTablet, metric: HeatmapMetric): number {
  switch (metric) {
    case 'lag':
      return tablet.lag_seconds;
    case 'qps':
      return tablet.qps;
    case 'health':
      if (!tablet.serving) return 3;
      return tablet.lag_seconds >= slowLagSeconds ? 1 : 0;
  }
}

const distinct = (values: string[]): string[] => [...new Set(values)].sort();
