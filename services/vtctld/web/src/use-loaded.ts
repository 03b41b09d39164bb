import { useCallback, useEffect, useState } from 'preact/hooks';

export interface Loaded<T> {
  value?: T;
  error?: string;
  loading: boolean;
  reload: () => void;
}

/** Loads something when the page opens, when one of `keys` changes, and on `reload`. A late answer of earlier keys is dropped. */
export function useLoaded<T>(load: () => Promise<T>, keys: readonly unknown[]): Loaded<T> {
  const [state, setState] = useState<{ value?: T; error?: string; loading: boolean }>({ loading: true });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    setState((before) => ({ ...before, loading: true }));
    load().then(
      (value) => isCurrent && setState({ value, loading: false }),
      (error: Error) => isCurrent && setState({ error: error.message, loading: false }),
    );
    return () => {
      isCurrent = false;
    };
  }, [...keys, turn]);
  return { ...state, reload: useCallback(() => setTurn((n) => n + 1), []) };
}
