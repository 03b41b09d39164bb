import { healthOf, useCluster, type Shard, type Tablet } from '../cluster';
import { PageTitle } from '../components/basics';

const box = { width: 210, height: 46, gap: 14 };

/** Who follows whom, with the lag. */
export function ReplicationPage() {
  const { cluster } = useCluster();
  if (!cluster) return <p aria-busy="true">Asking the tablets …</p>;
  return (
    <>
      <PageTitle title="Replication" />
      {cluster.keyspaces.flatMap(({ name, shards }) =>
        shards.map((shard) => <ShardGraph name={`${name}/${shard.name}`} shard={shard} />),
      )}
    </>
  );
}

function ShardGraph({ name, shard }: { name: string; shard: Shard }) {
  const primary = shard.tablets.find(({ type }) => type === 'primary');
  const replicas = shard.tablets.filter((tablet) => tablet !== primary);
  const rows = Math.max(1, replicas.length);
  const height = rows * (box.height + box.gap) + box.gap;
  const middle = (height - box.height) / 2;
  return (
    <section class="card">
      <h2>{name}</h2>
      <svg class="graph" viewBox={`0 0 640 ${height}`} role="img" aria-label={describe(primary, replicas)}>
        {primary && <TabletBox tablet={primary} x={10} y={middle} />}
        {!primary && (
          <text x={10} y={middle + 24}>
            no primary
          </text>
        )}
        {replicas.map((tablet, row) => {
          const y = box.gap + row * (box.height + box.gap);
          const from = { x: 10 + box.width, y: middle + box.height / 2 };
          const to = { x: 400, y: y + box.height / 2 };
          return (
            <>
              <path
                class={tablet.serving && primary ? '' : 'broken'}
                d={`M${from.x},${from.y} C${from.x + 80},${from.y} ${to.x - 80},${to.y} ${to.x},${to.y}`}
              />
              <TabletBox tablet={tablet} x={400} y={y} />
            </>
          );
        })}
      </svg>
    </section>
  );
}

function TabletBox({ tablet, x, y }: { tablet: Tablet; x: number; y: number }) {
  const { word } = healthOf(tablet);
  const lag = tablet.type === 'primary' || !tablet.serving ? '' : `, lag ${tablet.lag_seconds} s`;
  return (
    <a href={`/app/tablet/${tablet.alias}`}>
      <rect class={tablet.type} x={x} y={y} width={box.width} height={box.height} rx="6" />
      <text x={x + 10} y={y + 19} font-weight="600">
        {tablet.alias}
      </text>
      <text x={x + 10} y={y + 36}>
        {tablet.type}, {word}
        {lag}
      </text>
    </a>
  );
}

const describe = (primary: Tablet | undefined, replicas: readonly Tablet[]): string =>
  `${primary ? `primary ${primary.alias}` : 'no primary'}; ` +
  replicas.map((tablet) => `${tablet.alias} is ${tablet.lag_seconds} seconds behind`).join(', ');
