import { get } from '../api';
import { PageTitle, Problem, Table } from '../components/basics';
import { useLoaded } from '../use-loaded';

interface Entry {
  time: string;
  caller: string;
  rpc: string;
  request: string;
  took_ms: number;
  /** Empty when it went well. */
  error: string;
}

/** Who changed what through this vtctld. */
export function ActivityPage() {
  const entries = useLoaded(() => get<Entry[]>('/api/activity'), []);
  return (
    <>
      <PageTitle title="Activity">
        <button type="button" class="small secondary" onClick={entries.reload}>
          Read again
        </button>
      </PageTitle>
      <Problem text={entries.error} />
      <Table
        label="Changes, the latest first"
        rows={entries.value ?? []}
        empty={entries.loading ? 'Reading …' : 'Nothing was changed yet.'}
        columns={[
          { name: 'When', show: ({ time }) => new Date(time).toLocaleString() },
          { name: 'Who', show: ({ caller }) => caller },
          { name: 'What', show: ({ rpc }) => rpc },
          {
            name: 'Outcome',
            show: ({ error }) =>
              error === '' ? <span class="health good">done</span> : <span class="health bad">{error}</span>,
          },
          { name: 'Took, ms', isNumber: true, show: ({ took_ms }) => took_ms },
          { name: 'Request', show: ({ request }) => <code>{request}</code> },
        ]}
      />
    </>
  );
}
