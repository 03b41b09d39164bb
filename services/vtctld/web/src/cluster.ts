import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { Features } from './api';

export interface Tablet {
  alias: string;
  cell: string;
  keyspace: string;
  shard: string;
  type: string;
  hostname: string;
  ports: Record<string, number>;
  mysql_hostname: string;
  mysql_port: number;
  serving: boolean;
  lag_seconds: number;
  qps: number;
  error: string;
  primary_term_start: number;
}

export interface Shard {
  name: string;
  primary_alias: string;
  is_primary_serving: boolean;
  tablets: Tablet[];
}

export interface Keyspace {
  name: string;
  durability_policy: string;
  shards: Shard[];
}

export interface Cluster {
  cells: string[];
  keyspaces: Keyspace[];
}

export interface Live {
  cluster?: Cluster;
  /** Why the state shown may be old; empty when it is fresh. */
  problem: string;
  /** Recent statements a second of each tablet, oldest first. */
  history: ReadonlyMap<string, readonly number[]>;
}

const keptSamples = 60;
const sampleMs = 1_000;

/** Follows the cluster's state for as long as the page is open; the browser connects again by itself. */
export function useLive(): Live {
  const [live, setLive] = useState<Live>({ problem: '', history: new Map() });
  useEffect(() => {
    const source = new EventSource('/api/live/stream');
    const note = (problem: string): void => setLive((before) => ({ ...before, problem }));
    source.addEventListener('cluster', (event: MessageEvent<string>) => {
      const cluster = JSON.parse(event.data) as Cluster;
      setLive((before) => ({ ...before, cluster, problem: '' }));
    });
    const sampling = setInterval(
      () =>
        setLive((before) =>
          before.cluster ? { ...before, history: withSamples(before.history, before.cluster) } : before,
        ),
      sampleMs,
    );
    source.addEventListener('problem', (event: MessageEvent<string>) =>
      note((JSON.parse(event.data) as { error: string }).error),
    );
    source.onerror = () => note('the connection to vtctld is lost; trying again');
    return () => {
      clearInterval(sampling);
      source.close();
    };
  }, []);
  return live;
}

function withSamples(history: Live['history'], cluster: Cluster): Live['history'] {
  return new Map(
    allTablets(cluster).map(({ alias, qps }) => [
      alias,
      [...(history.get(alias) ?? []), qps].slice(-keptSamples),
    ]),
  );
}

export const allTablets = (cluster: Cluster): Tablet[] =>
  cluster.keyspaces.flatMap(({ shards }) => shards.flatMap(({ tablets }) => tablets));

/** Green, amber or red, and the word that says the same. */
export function healthOf(tablet: Tablet): { level: 'good' | 'warn' | 'bad'; word: string } {
  if (!tablet.serving) return { level: 'bad', word: 'not serving' };
  if (tablet.lag_seconds >= 30) return { level: 'bad', word: `lags ${tablet.lag_seconds} s` };
  if (tablet.lag_seconds >= 5) return { level: 'warn', word: `lags ${tablet.lag_seconds} s` };
  return { level: 'good', word: 'serving' };
}

export const LiveContext = createContext<Live>({ problem: '', history: new Map() });
export const FeaturesContext = createContext<Features>({ user: '', role: 'viewer', sqlConsole: false });
export const useCluster = (): Live => useContext(LiveContext);
export const useFeatures = (): Features => useContext(FeaturesContext);
