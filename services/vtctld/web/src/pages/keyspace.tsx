import { Link, useLocation } from 'wouter-preact';
import { rpc } from '../api';
import { useCluster } from '../cluster';
import { Action } from '../components/action';
import { Json, PageTitle, Problem } from '../components/basics';
import { TabletTable } from '../components/tablet-table';
import { useLoaded } from '../use-loaded';

export function KeyspacePage({ name }: { name: string }) {
  const { cluster } = useCluster();
  const [, navigate] = useLocation();
  const record = useLoaded(
    () => rpc<{ keyspace: { keyspace: unknown } }>('GetKeyspace', { keyspace: name }),
    [name],
  );
  const tablets =
    cluster?.keyspaces.find((keyspace) => keyspace.name === name)?.shards.flatMap((s) => s.tablets) ?? [];
  return (
    <>
      <PageTitle title={name} path="Keyspace">
        <Action
          label="New shard"
          role="operator"
          explain={`Creates the record of a shard of ${name}.`}
          fields={[{ name: 'shard_name', label: 'Key range, such as -80, or 0' }]}
          run={({ shard_name }) => rpc('CreateShard', { keyspace: name, shard_name })}
        />
        <Action
          label="Durability"
          role="operator"
          explain="Sets who must have a write before it is acknowledged."
          fields={[{ name: 'policy', label: 'Policy', choices: ['none', 'semi_sync', 'cross_cell'] }]}
          run={({ policy }) =>
            rpc('SetKeyspaceDurabilityPolicy', { keyspace: name, durability_policy: policy })
          }
          onDone={record.reload}
        />
        <Action
          label="Validate"
          role="viewer"
          explain={`Checks the records of ${name} and that its tablets answer.`}
          run={() => rpc('ValidateKeyspace', { keyspace: name, ping_tablets: true })}
        />
        <Action
          label="Validate schema"
          role="viewer"
          explain="Compares the schema of all its shards."
          run={() => rpc('ValidateSchemaKeyspace', { keyspace: name })}
        />
        <Action
          label="Rebuild serving graph"
          role="operator"
          explain={`Writes anew, in each cell, where the shards of ${name} serve.`}
          run={() => rpc('RebuildKeyspaceGraph', { keyspace: name })}
        />
        <Action
          label="Reload schema"
          role="operator"
          explain={`Each tablet of ${name} reads its schema again.`}
          run={() => rpc('ReloadSchemaKeyspace', { keyspace: name })}
        />
        <Action
          label="Delete"
          role="admin"
          isDangerous
          explain={`Deletes the record of ${name}. It must have no shards.`}
          run={() => rpc('DeleteKeyspace', { keyspace: name })}
          onDone={() => navigate('/')}
        />
      </PageTitle>
      <Problem text={record.error} />
      <p>
        <Link href={`/vschema/${encodeURIComponent(name)}`}>VSchema</Link>
      </p>
      <TabletTable label={`Tablets of ${name}`} tablets={tablets} />
      {record.value && (
        <section class="card">
          <h2>Record</h2>
          <Json label="The record" value={record.value.keyspace.keyspace} />
        </section>
      )}
    </>
  );
}
