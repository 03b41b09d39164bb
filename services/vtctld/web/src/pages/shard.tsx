import { useLocation } from 'wouter-preact';
import { aliasMessage, rpc } from '../api';
import { useCluster } from '../cluster';
import { Action } from '../components/action';
import { Json, PageTitle, Problem } from '../components/basics';
import { TabletTable } from '../components/tablet-table';
import { useLoaded } from '../use-loaded';

export function ShardPage({ keyspace, shard }: { keyspace: string; shard: string }) {
  const { cluster } = useCluster();
  const [, navigate] = useLocation();
  const record = useLoaded(
    () => rpc<{ shard: { shard: unknown } }>('GetShard', { keyspace, shard_name: shard }),
    [keyspace, shard],
  );
  const found = cluster?.keyspaces
    .find(({ name }) => name === keyspace)
    ?.shards.find(({ name }) => name === shard);
  const tablets = found?.tablets ?? [];
  const others = tablets.filter(({ alias }) => alias !== found?.primary_alias).map(({ alias }) => alias);
  return (
    <>
      <PageTitle title={`${keyspace}/${shard}`} path="Shard">
        <Action
          label="Planned reparent"
          role="operator"
          explain="Hands the shard over to another primary. Writes wait for a moment; none is lost."
          fields={[{ name: 'primary', label: 'New primary', choices: ['choose the best', ...others] }]}
          run={({ primary }) =>
            rpc('PlannedReparentShard', {
              keyspace,
              shard,
              ...(others.includes(primary) ? { new_primary: aliasMessage(primary) } : {}),
            })
          }
        />
        <Action
          label="Emergency reparent"
          role="admin"
          isDangerous
          explain="For a primary that is gone: promotes the replica that has most. Use a planned reparent when the primary is alive."
          fields={[{ name: 'primary', label: 'New primary', choices: ['choose the best', ...others] }]}
          run={({ primary }) =>
            rpc('EmergencyReparentShard', {
              keyspace,
              shard,
              ...(others.includes(primary) ? { new_primary: aliasMessage(primary) } : {}),
            })
          }
        />
        <Action
          label="Reparented externally"
          role="admin"
          isDangerous
          explain="Records that another tool has made this tablet the primary."
          fields={[{ name: 'primary', label: 'The primary now', choices: others }]}
          run={({ primary }) => rpc('TabletExternallyReparented', { tablet: aliasMessage(primary) })}
        />
        <Action
          label="Positions"
          role="viewer"
          explain="Asks each tablet how far its replication is."
          run={() => rpc('ShardReplicationPositions', { keyspace, shard })}
        />
        <Action
          label="Validate"
          role="viewer"
          explain="Checks the records of the shard and that its tablets answer."
          run={() => rpc('ValidateShard', { keyspace, shard, ping_tablets: true })}
        />
        <Action
          label="Reload schema"
          role="operator"
          explain="Each tablet of the shard reads its schema again."
          run={() => rpc('ReloadSchemaShard', { keyspace, shard })}
        />
        <Action
          label="Delete"
          role="admin"
          isDangerous
          explain="Deletes the record of the shard. It must have no tablets, and must not serve."
          run={() => rpc('DeleteShards', { shards: [{ keyspace, name: shard }] })}
          onDone={() => navigate(`/keyspace/${encodeURIComponent(keyspace)}`)}
        />
      </PageTitle>
      <Problem text={record.error} />
      <TabletTable label={`Tablets of ${keyspace}/${shard}`} tablets={tablets} />
      {record.value && (
        <section class="card">
          <h2>Record</h2>
          <Json label="The record" value={record.value.shard.shard} />
        </section>
      )}
    </>
  );
}
