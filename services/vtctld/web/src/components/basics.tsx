import type { ComponentChildren } from 'preact';
import { healthOf, type Tablet } from '../cluster';

export const Problem = ({ text }: { text?: string }) =>
  text ? (
    <div class="problem" role="alert">
      {text}
    </div>
  ) : null;

export const Note = ({ children }: { children: ComponentChildren }) => (
  <div class="note" role="status">
    {children}
  </div>
);

/** Colour never says it alone: the word is there too. */
export function Health({ tablet }: { tablet: Tablet }) {
  const { level, word } = healthOf(tablet);
  return (
    <span class={`health ${level}`} title={tablet.error}>
      {word}
    </span>
  );
}

export const TypeTag = ({ type }: { type: string }) => <span class={`tag ${type}`}>{type}</span>;

export function PageTitle({
  title,
  path,
  children,
}: {
  title: string;
  path?: string;
  children?: ComponentChildren;
}) {
  return (
    <header class="page-title">
      <div>
        {path && <p class="path">{path}</p>}
        <h1>{title}</h1>
      </div>
      <div class="actions">{children}</div>
    </header>
  );
}

/** The last minute of statements a second. */
export function Sparkline({ values }: { values: readonly number[] }) {
  const top = Math.max(1, ...values);
  const points = values.map(
    (value, i) => `${(i * 100) / Math.max(1, values.length - 1)},${22 - (value / top) * 20}`,
  );
  return (
    <svg class="sparkline" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true">
      <polyline points={points.join(' ')} />
    </svg>
  );
}

export interface Column<T> {
  name: string;
  show: (row: T) => ComponentChildren;
  isNumber?: boolean;
}

export function Table<T>({
  label,
  columns,
  rows,
  empty,
}: {
  label: string;
  columns: Column<T>[];
  rows: T[];
  empty: string;
}) {
  if (rows.length === 0) return <p class="empty">{empty}</p>;
  return (
    <div class="table-frame" tabIndex={0} role="region" aria-label={label}>
      <table>
        <thead>
          <tr>
            {columns.map(({ name, isNumber }) => (
              <th scope="col" class={isNumber ? 'number' : ''}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              {columns.map(({ show, isNumber }) => (
                <td class={isNumber ? 'number' : ''}>{show(row)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export const Json = ({ value, label }: { value: unknown; label: string }) => (
  <pre tabIndex={0} aria-label={label}>
    {typeof value === 'string' ? value : JSON.stringify(value, null, 2)}
  </pre>
);
