import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import { mayDo, rpc } from '../api';
import { useCluster, useFeatures } from '../cluster';
import { Note, PageTitle, Problem } from '../components/basics';
import { useLoaded } from '../use-loaded';

/** Shows and changes how a keyspace is sharded. */
export function VSchemaPage({ keyspace }: { keyspace?: string }) {
  const { cluster } = useCluster();
  const [, navigate] = useLocation();
  const names = cluster?.keyspaces.map(({ name }) => name) ?? [];
  const chosen = keyspace ?? names[0];
  return (
    <>
      <PageTitle title="VSchema" />
      <label>
        Keyspace
        <select
          value={chosen}
          onChange={(event) => navigate(`/vschema/${encodeURIComponent(event.currentTarget.value)}`)}
        >
          {names.map((name) => (
            <option selected={name === chosen}>{name}</option>
          ))}
        </select>
      </label>
      {chosen && <Editor key={chosen} keyspace={chosen} />}
    </>
  );
}

function Editor({ keyspace }: { keyspace: string }) {
  const { role } = useFeatures();
  const loaded = useLoaded(
    async () => (await rpc<{ v_schema: unknown }>('GetVSchema', { keyspace })).v_schema,
    [keyspace],
  );
  const [text, setText] = useState('');
  const [outcome, setOutcome] = useState<{ text: string; isError: boolean }>();
  useEffect(() => {
    if (loaded.value !== undefined) setText(JSON.stringify(loaded.value, null, 2));
  }, [loaded.value]);

  const apply = async (isDryRun: boolean): Promise<void> => {
    try {
      const answer = await rpc<{ unknown_vindex_params?: object }>('ApplyVSchema', {
        keyspace,
        v_schema: JSON.parse(text) as object,
        dry_run: isDryRun,
      });
      const unknown = Object.keys(answer.unknown_vindex_params ?? {}).length > 0;
      setOutcome({
        text:
          (isDryRun ? 'It can be applied. Nothing was changed.' : 'Applied: vtgates follow it at once.') +
          (unknown ? `\nUnknown parameters: ${JSON.stringify(answer.unknown_vindex_params)}` : ''),
        isError: false,
      });
      if (!isDryRun) loaded.reload();
    } catch (error) {
      setOutcome({ text: (error as Error).message, isError: true });
    }
  };
  const mayChange = mayDo(role, 'operator');
  return (
    <>
      <Problem text={loaded.error} />
      <label>
        VSchema of {keyspace}
        <textarea
          class="code"
          rows={24}
          spellcheck={false}
          value={text}
          readOnly={!mayChange}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      {outcome && (outcome.isError ? <Problem text={outcome.text} /> : <Note>{outcome.text}</Note>)}
      {mayChange && (
        <div class="actions">
          <button type="button" class="small secondary" onClick={() => void apply(true)}>
            Check
          </button>
          <button type="button" class="small" onClick={() => void apply(false)}>
            Apply
          </button>
        </div>
      )}
    </>
  );
}
