import { Link } from 'wouter-preact';
import { rpc } from '../api';
import { allTablets, healthOf, useCluster, type Cluster, type Keyspace } from '../cluster';
import { Action } from '../components/action';
import { PageTitle } from '../components/basics';
import { TabletTable } from '../components/tablet-table';

export function Dashboard() {
  const { cluster } = useCluster();
  return (
    <>
      <PageTitle title="Dashboard">
        <Action
          label="New keyspace"
          role="operator"
          explain="Creates the record of a keyspace. Its shards and tablets come after."
          fields={[
            { name: 'name', label: 'Name' },
            {
              name: 'durability_policy',
              label: 'Durability policy',
              choices: ['none', 'semi_sync', 'cross_cell'],
            },
          ]}
          run={(values) => rpc('CreateKeyspace', values)}
        />
        <Action
          label="Validate all"
          role="viewer"
          explain="Checks that the records fit each other and that all tablets answer."
          run={() => rpc('Validate', { ping_tablets: true })}
        />
      </PageTitle>
      {cluster ? <Overview cluster={cluster} /> : <p aria-busy="true">Asking the tablets …</p>}
    </>
  );
}

function Overview({ cluster }: { cluster: Cluster }) {
  const tablets = allTablets(cluster);
  const sick = tablets.filter((tablet) => healthOf(tablet).level !== 'good');
  const qps = tablets.reduce((sum, tablet) => sum + tablet.qps, 0);
  const shards = cluster.keyspaces.reduce((sum, keyspace) => sum + keyspace.shards.length, 0);
  const numbers: [string, string | number][] = [
    ['cells', cluster.cells.length],
    ['keyspaces', cluster.keyspaces.length],
    ['shards', shards],
    ['tablets', tablets.length],
    ['need attention', sick.length],
    ['statements a second', qps.toFixed(1)],
  ];
  return (
    <>
      <section class="numbers" aria-label="The cluster in numbers">
        {numbers.map(([name, value]) => (
          <div>
            <strong>{value}</strong>
            <span>{name}</span>
          </div>
        ))}
      </section>
      {cluster.keyspaces.map((keyspace) => (
        <KeyspaceCard keyspace={keyspace} />
      ))}
      {cluster.keyspaces.length === 0 && <p class="empty">There is no keyspace yet.</p>}
    </>
  );
}

function KeyspaceCard({ keyspace }: { keyspace: Keyspace }) {
  const { name, shards } = keyspace;
  return (
    <section class="card" aria-label={`Keyspace ${name}`}>
      <h2>
        <Link href={`/keyspace/${encodeURIComponent(name)}`}>{name}</Link>{' '}
        <small class="empty">
          {shards.length} {shards.length === 1 ? 'shard' : 'shards'} · durability{' '}
          {keyspace.durability_policy || 'none'}
        </small>
      </h2>
      <TabletTable label={`Tablets of ${name}`} tablets={shards.flatMap((shard) => shard.tablets)} />
    </section>
  );
}
