import { useState } from 'preact/hooks';
import { aliasMessage, rpc } from '../api';
import { useCluster, type Cluster } from '../cluster';
import { Json, PageTitle, Problem, Table } from '../components/basics';
import { useLoaded } from '../use-loaded';

interface TableDefinition {
  name: string;
  schema: string;
  type: string;
  data_length: string;
  row_count: string;
}

interface Row extends TableDefinition {
  keyspace: string;
}

/** Tables of all keyspaces: the definition of the first shard, sizes summed over the shards. */
export function SchemaPage() {
  const { cluster } = useCluster();
  const [search, setSearch] = useState('');
  const [shown, setShown] = useState<Row>();
  const primaries = cluster ? primariesOf(cluster) : [];
  const key = primaries.map(({ alias }) => alias).join();
  const tables = useLoaded(() => readTables(primaries), [key]);
  const rows = (tables.value?.rows ?? []).filter(({ keyspace, name }) =>
    `${keyspace}.${name}`.toLowerCase().includes(search.toLowerCase()),
  );
  return (
    <>
      <PageTitle title="Schema">
        <button type="button" class="small secondary" onClick={tables.reload}>
          Read again
        </button>
      </PageTitle>
      <Problem text={tables.value?.problems.join('\n')} />
      <input
        type="search"
        placeholder="Search tables"
        aria-label="Search tables"
        value={search}
        onInput={(event) => setSearch(event.currentTarget.value)}
      />
      <Table
        label="Tables"
        rows={rows}
        empty={tables.loading ? 'Reading …' : 'No table fits.'}
        columns={[
          { name: 'Keyspace', show: ({ keyspace }) => keyspace },
          {
            name: 'Table',
            show: (row) => (
              <a
                href="#definition"
                onClick={(event) => {
                  event.preventDefault();
                  setShown(row);
                }}
              >
                {row.name}
              </a>
            ),
          },
          { name: 'Kind', show: ({ type }) => type.toLowerCase() },
          {
            name: 'Rows, about',
            isNumber: true,
            show: ({ row_count }) => Number(row_count).toLocaleString(),
          },
          { name: 'Size', isNumber: true, show: ({ data_length }) => bytes(Number(data_length)) },
        ]}
      />
      {shown && (
        <section class="card" id="definition">
          <h2>
            {shown.keyspace}.{shown.name}
          </h2>
          <Json label="The definition" value={shown.schema} />
        </section>
      )}
    </>
  );
}

interface Primary {
  keyspace: string;
  alias: string;
}

const primariesOf = ({ keyspaces }: Cluster): Primary[] =>
  keyspaces.flatMap(({ name, shards }) =>
    shards
      .filter(({ primary_alias }) => primary_alias !== '')
      .map(({ primary_alias }) => ({ keyspace: name, alias: primary_alias })),
  );

async function readTables(primaries: Primary[]): Promise<{ rows: Row[]; problems: string[] }> {
  const rows = new Map<string, Row>();
  const problems: string[] = [];
  await Promise.all(
    primaries.map(async ({ keyspace, alias }) => {
      try {
        const request = { tablet_alias: aliasMessage(alias), include_views: true };
        const answer = await rpc<{ schema: { table_definitions: TableDefinition[] } }>('GetSchema', request);
        for (const table of answer.schema.table_definitions) add(rows, { ...table, keyspace });
      } catch (error) {
        problems.push(`${alias}: ${(error as Error).message}`);
      }
    }),
  );
  const sorted = [...rows.values()].sort((a, b) =>
    `${a.keyspace}.${a.name}` < `${b.keyspace}.${b.name}` ? -1 : 1,
  );
  return { rows: sorted, problems };
}

function add(rows: Map<string, Row>, row: Row): void {
  const key = `${row.keyspace}.${row.name}`;
  const known = rows.get(key);
  if (!known) return void rows.set(key, row);
  known.row_count = String(Number(known.row_count) + Number(row.row_count));
  known.data_length = String(Number(known.data_length) + Number(row.data_length));
}

function bytes(n: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let unit = 0;
  while (n >= 1024 && unit < units.length - 1) {
    n /= 1024;
    unit++;
  }
  return `${n.toFixed(unit === 0 ? 0 : 1)} ${units[unit]}`;
}
