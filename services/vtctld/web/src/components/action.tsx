import { useRef, useState } from 'preact/hooks';
import { mayDo, type Role } from '../api';
import { useFeatures } from '../cluster';

export interface Field {
  name: string;
  label: string;
  initial?: string;
  choices?: string[];
  isOptional?: boolean;
}

interface ActionProps {
  label: string;
  /** Who may do it; the button is not there for others. */
  role: Role;
  /** What will happen, shown before it does. */
  explain: string;
  fields?: Field[];
  isDangerous?: boolean;
  run: (values: Record<string, string>) => Promise<unknown>;
  onDone?: () => void;
}

/** A button that asks, does something on the cluster, and says how it went. */
export function Action(props: ActionProps) {
  const { role } = useFeatures();
  const dialog = useRef<HTMLDialogElement>(null);
  const [outcome, setOutcome] = useState<{ text: string; isError: boolean }>();
  const [busy, setBusy] = useState(false);
  if (!mayDo(role, props.role)) return null;

  const open = (): void => {
    setOutcome(undefined);
    dialog.current?.showModal();
  };
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    try {
      const values = Object.fromEntries([...data].map(([name, value]) => [name, String(value)]));
      const answer = await props.run(values);
      setOutcome({ text: describe(answer), isError: false });
      props.onDone?.();
    } catch (error) {
      setOutcome({ text: (error as Error).message, isError: true });
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <button type="button" class={props.isDangerous ? 'small contrast' : 'small secondary'} onClick={open}>
        {props.label}
      </button>
      <dialog ref={dialog} aria-label={props.label}>
        <article>
          <h2>{props.label}</h2>
          <p>{props.explain}</p>
          <form onSubmit={submit}>
            {(props.fields ?? []).map((field) => (
              <Input field={field} />
            ))}
            {outcome && (
              <pre
                class={outcome.isError ? 'outcome failed' : 'outcome'}
                role={outcome.isError ? 'alert' : 'status'}
              >
                {outcome.text}
              </pre>
            )}
            <footer>
              <button type="button" class="secondary" onClick={() => dialog.current?.close()}>
                Close
              </button>
              <button
                type="submit"
                aria-busy={busy}
                disabled={busy}
                class={props.isDangerous ? 'contrast' : ''}
              >
                {props.label}
              </button>
            </footer>
          </form>
        </article>
      </dialog>
    </>
  );
}

function Input({ field }: { field: Field }) {
  const { name, label, initial = '', choices, isOptional } = field;
  return (
    <label>
      {label}
      {choices ? (
        <select name={name}>
          {choices.map((choice) => (
            <option selected={choice === initial}>{choice}</option>
          ))}
        </select>
      ) : (
        <input name={name} defaultValue={initial} required={!isOptional} autocomplete="off" />
      )}
    </label>
  );
}

/** Events and results as lines; an empty answer is a plain success. */
function describe(answer: unknown): string {
  const { events } = (answer ?? {}) as { events?: { value: string }[] };
  if (events && events.length > 0) return `Done.\n${events.map(({ value }) => value).join('\n')}`;
  const text = JSON.stringify(answer ?? {}, null, 2);
  return text === '{}' ? 'Done.' : `Done.\n${text}`;
}
