import { useState } from 'preact/hooks';
import { post } from '../api';
import { useCluster, useFeatures } from '../cluster';
import { Json, PageTitle, Problem, Table } from '../components/basics';
import { PlanTree, type Plan } from '../components/plan-tree';

interface Outcome {
  columns: { name: string; type: string }[];
  rows: (string | null)[][];
  row_count: number;
  rows_affected: string;
  took_ms: number;
}

const modes: readonly (readonly [name: string, prefix: string])[] = [
  ['Plan', 'VEXPLAIN PLAN '],
  ['Queries on the shards', 'VEXPLAIN QUERIES '],
  ['Plan and queries', 'VEXPLAIN ALL '],
  ['Cost by shard', 'VEXPLAIN COST '],
  ['Run', ''],
];

/** A statement through a vtgate: how it would run, or its rows. */
export function VExplainPage() {
  const { cluster } = useCluster();
  const { sqlConsole } = useFeatures();
  const [target, setTarget] = useState('');
  const [sql, setSql] = useState('');
  const [mode, setMode] = useState(0);
  const [outcome, setOutcome] = useState<Outcome>();
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const run = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem('');
    setOutcome(undefined);
    try {
      setOutcome(await post<Outcome>('/api/query', { sql: `${modes[mode][1]}${sql}`, target }));
    } catch (error) {
      setProblem((error as Error).message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <PageTitle title="SQL console" />
      {!sqlConsole && <Problem text="This vtctld knows no vtgate: start it with --vtgate-grpc-address." />}
      <form onSubmit={run}>
        <label>
          Target: keyspace, keyspace:shard or keyspace@replica; empty for all
          <input
            list="targets"
            value={target}
            onInput={(event) => setTarget(event.currentTarget.value)}
            autocomplete="off"
          />
          <datalist id="targets">
            {cluster?.keyspaces.map(({ name }) => (
              <option value={name} />
            ))}
          </datalist>
        </label>
        <label>
          SQL
          <textarea
            class="code"
            rows={6}
            required
            spellcheck={false}
            value={sql}
            onInput={(event) => setSql(event.currentTarget.value)}
          />
        </label>
        <div class="actions">
          <select
            aria-label="What to show"
            style="width:auto"
            onChange={(event) => setMode(Number(event.currentTarget.value))}
          >
            {modes.map(([name], i) => (
              <option value={i} selected={i === mode}>
                {name}
              </option>
            ))}
          </select>
          <button type="submit" class="small" aria-busy={busy} disabled={busy}>
            Go
          </button>
        </div>
      </form>
      <Problem text={problem} />
      {outcome && <Shown outcome={outcome} />}
    </>
  );
}

function Shown({ outcome }: { outcome: Outcome }) {
  const { columns, rows, row_count: count } = outcome;
  const plan = columns.length === 1 && rows.length === 1 ? planOf(rows[0][0]) : undefined;
  return (
    <section class="card" aria-label="Result">
      <p class="empty">
        {columns.length > 0 ? `${count} rows` : `${outcome.rows_affected} rows affected`} in {outcome.took_ms}{' '}
        ms
        {count > rows.length && `; the first ${rows.length} are shown`}
      </p>
      {plan ? (
        <>
          <PlanTree plan={plan} />
          <details>
            <summary>As JSON</summary>
            <Json label="The plan as JSON" value={plan} />
          </details>
        </>
      ) : (
        <Table
          label="Rows"
          rows={rows}
          empty="No rows."
          columns={columns.map(({ name }, i) => ({
            name,
            show: (row: (string | null)[]) => row[i] ?? <em>NULL</em>,
          }))}
        />
      )}
    </section>
  );
}

function planOf(text: string | null): Plan | undefined {
  if (!text?.startsWith('{')) return undefined;
  try {
    const parsed = JSON.parse(text) as { Instructions?: Plan; OperatorType?: string };
    if (parsed.Instructions) return parsed.Instructions;
    return parsed.OperatorType === undefined ? undefined : (parsed as Plan);
  } catch {
    // Text of the table that only looks like JSON is shown as it is.
    return undefined;
  }
}
