import { Link } from 'wouter-preact';
import { useCluster, type Tablet } from '../cluster';
import { Health, Sparkline, Table, TypeTag } from './basics';

export function TabletTable({ label, tablets }: { label: string; tablets: Tablet[] }) {
  const { history } = useCluster();
  return (
    <Table
      label={label}
      rows={tablets}
      empty="There are no tablets."
      columns={[
        {
          name: 'Shard',
          show: ({ keyspace, shard }) => (
            <Link href={`/shard/${encodeURIComponent(keyspace)}/${encodeURIComponent(shard)}`}>{shard}</Link>
          ),
        },
        { name: 'Tablet', show: ({ alias }) => <Link href={`/tablet/${alias}`}>{alias}</Link> },
        { name: 'Type', show: ({ type }) => <TypeTag type={type} /> },
        { name: 'Health', show: (tablet) => <Health tablet={tablet} /> },
        {
          name: 'Lag, s',
          isNumber: true,
          show: ({ type, lag_seconds }) => (type === 'primary' ? '' : lag_seconds),
        },
        { name: 'Statements/s', isNumber: true, show: ({ qps }) => qps.toFixed(1) },
        { name: 'Last minute', show: ({ alias }) => <Sparkline values={history.get(alias) ?? []} /> },
        { name: 'Host', show: ({ hostname, ports }) => `${hostname}:${ports.grpc ?? ''}` },
      ]}
    />
  );
}
