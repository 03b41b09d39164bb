import { Link, useLocation } from 'wouter-preact';
import { aliasMessage, rpc } from '../api';
import { allTablets, useCluster, type Tablet } from '../cluster';
import { Action } from '../components/action';
import { Health, Json, PageTitle, Problem, Sparkline, TypeTag } from '../components/basics';
import { useLoaded } from '../use-loaded';

const types = ['REPLICA', 'RDONLY', 'SPARE', 'DRAINED', 'EXPERIMENTAL'];

export function TabletPage({ alias }: { alias: string }) {
  const { cluster, history } = useCluster();
  const tablet = cluster && allTablets(cluster).find((one) => one.alias === alias);
  const record = useLoaded(
    () => rpc<{ tablet: unknown }>('GetTablet', { tablet_alias: aliasMessage(alias) }),
    [alias],
  );
  return (
    <>
      <PageTitle title={alias} path="Tablet">
        <TabletActions alias={alias} />
      </PageTitle>
      <Problem text={record.error} />
      {tablet && <Facts tablet={tablet} values={history.get(alias) ?? []} />}
      {record.value && (
        <section class="card">
          <h2>Record</h2>
          <Json label="The record" value={record.value.tablet} />
        </section>
      )}
    </>
  );
}

function TabletActions({ alias }: { alias: string }) {
  const [, navigate] = useLocation();
  const request = { tablet_alias: aliasMessage(alias) };
  return (
    <>
      <Action
        label="Ping"
        role="viewer"
        explain="Asks the tablet to answer."
        run={() => rpc('PingTablet', request)}
      />
      <Action
        label="Health check"
        role="operator"
        explain="The tablet looks at its mysqld now and tells everybody."
        run={() => rpc('RunHealthCheck', request)}
      />
      <Action
        label="Refresh state"
        role="operator"
        explain="The tablet reads its record again."
        run={() => rpc('RefreshState', request)}
      />
      <Action
        label="Reload schema"
        role="operator"
        explain="The tablet reads the schema of its mysqld again."
        run={() => rpc('ReloadSchema', request)}
      />
      <Action
        label="Full status"
        role="viewer"
        explain="Everything that the tablet knows of its mysqld and replication."
        run={() => rpc('GetFullStatus', request)}
      />
      <Action
        label="Change type"
        role="operator"
        explain="Decides which reads the tablet serves. A primary is changed by a reparent."
        fields={[{ name: 'type', label: 'Type', choices: types }]}
        run={({ type }) => rpc('ChangeTabletType', { ...request, db_type: type })}
      />
      <Action
        label="Start replication"
        role="operator"
        explain="The tablet replicates from its primary again."
        run={() => rpc('StartReplication', request)}
      />
      <Action
        label="Stop replication"
        role="operator"
        explain="The tablet falls behind until replication is started again."
        run={() => rpc('StopReplication', request)}
      />
      <Action
        label="Read-only"
        role="admin"
        isDangerous
        explain="Its mysqld refuses writes. On a primary, applications see errors."
        run={() => rpc('SetWritable', { ...request, writable: false })}
      />
      <Action
        label="Read-write"
        role="admin"
        isDangerous
        explain="Its mysqld takes writes. Only for the primary of its shard: a replica that is written to is lost."
        run={() => rpc('SetWritable', { ...request, writable: true })}
      />
      <Action
        label="Delete"
        role="admin"
        isDangerous
        explain="Deletes the tablet's record. A tablet that still runs writes it again."
        run={() => rpc('DeleteTablets', { tablet_aliases: [request.tablet_alias] })}
        onDone={() => navigate('/')}
      />
    </>
  );
}

function Facts({ tablet, values }: { tablet: Tablet; values: readonly number[] }) {
  const { keyspace, shard, hostname, ports } = tablet;
  return (
    <section class="card" aria-label="State">
      <p>
        <TypeTag type={tablet.type} /> <Health tablet={tablet} /> of{' '}
        <Link href={`/shard/${encodeURIComponent(keyspace)}/${encodeURIComponent(shard)}`}>
          {keyspace}/{shard}
        </Link>
      </p>
      <p>
        {tablet.qps.toFixed(1)} statements a second <Sparkline values={values} />
        {tablet.type !== 'primary' && <> · {tablet.lag_seconds} s behind its primary</>}
      </p>
      <p>
        gRPC {hostname}:{ports.grpc} · mysqld {tablet.mysql_hostname}:{tablet.mysql_port}
        {ports.vt !== undefined && (
          <>
            {' '}
            · <a href={`http://${hostname}:${ports.vt}/debug/status`}>its own page</a>
          </>
        )}
      </p>
      <Problem text={tablet.error} />
    </section>
  );
}
