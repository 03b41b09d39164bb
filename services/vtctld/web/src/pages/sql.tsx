import { useState } from 'preact/hooks';
import { mayDo, post, rpc } from '../api';
import { useCluster, useFeatures } from '../cluster';
import { Note, PageTitle, Problem, Table } from '../components/basics';

interface Preview {
  statements: string[];
  shards: { shard: string; primary: string }[];
  warnings: string[];
}

/** Changes the schema of all shards of a keyspace, after a look at what will run where. */
export function SqlPage() {
  const { cluster } = useCluster();
  const { role } = useFeatures();
  const names = cluster?.keyspaces.map(({ name }) => name) ?? [];
  const [keyspace, setKeyspace] = useState('');
  const [sql, setSql] = useState('');
  const [preview, setPreview] = useState<Preview>();
  const [outcome, setOutcome] = useState('');
  const [problem, setProblem] = useState('');
  const chosen = keyspace || names[0] || '';

  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setProblem('');
    setOutcome('');
    try {
      await work();
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const look = (): Promise<void> =>
    attempt(async () => setPreview(await post<Preview>('/api/schema/preview', { keyspace: chosen, sql })));
  const apply = (): Promise<void> =>
    attempt(async () => {
      await rpc('ApplySchema', { keyspace: chosen, sql: [sql] });
      setPreview(undefined);
      setOutcome('Applied on all shards.');
    });
  return (
    <>
      <PageTitle title="Change schema" />
      <label>
        Keyspace
        <select
          onChange={(event) => {
            setKeyspace(event.currentTarget.value);
            setPreview(undefined);
          }}
        >
          {names.map((name) => (
            <option selected={name === chosen}>{name}</option>
          ))}
        </select>
      </label>
      <label>
        SQL
        <textarea
          class="code"
          rows={8}
          spellcheck={false}
          placeholder="CREATE TABLE …; ALTER TABLE …"
          value={sql}
          onInput={(event) => {
            setSql(event.currentTarget.value);
            setPreview(undefined);
          }}
        />
      </label>
      <Problem text={problem} />
      {outcome && <Note>{outcome}</Note>}
      <div class="actions">
        <button type="button" class="small secondary" onClick={() => void look()}>
          Preview
        </button>
        {mayDo(role, 'operator') && (
          <button type="button" class="small" disabled={!preview} onClick={() => void apply()}>
            Apply
          </button>
        )}
      </div>
      {preview && <PreviewCard preview={preview} />}
    </>
  );
}

function PreviewCard({ preview }: { preview: Preview }) {
  return (
    <section class="card" aria-label="Preview">
      <h2>What will run</h2>
      <ol>
        {preview.statements.map((statement) => (
          <li>
            <code>{statement}</code>
          </li>
        ))}
      </ol>
      <Problem text={preview.warnings.join('\n')} />
      <Table
        label="Where it will run"
        rows={preview.shards}
        empty="The keyspace has no shards."
        columns={[
          { name: 'Shard', show: ({ shard }) => shard },
          { name: 'Primary', show: ({ primary }) => primary },
        ]}
      />
    </section>
  );
}
