/** What the server says went wrong, in words for the operator. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(path, { ...init, headers: { 'x-vitess-request': 'page' } });
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new ApiError(response.status, text.slice(0, 500) || response.statusText);
  }
  if (!response.ok) throw new ApiError(response.status, (body as { error?: string }).error ?? text);
  return body as T;
}

export const get = <T>(path: string): Promise<T> => ask<T>(path);

export const post = <T>(path: string, body: unknown): Promise<T> =>
  ask<T>(path, { method: 'POST', body: JSON.stringify(body) });

/** Calls an RPC of vtctld; request and answer have the names of the contract's fields. */
export const rpc = <T>(method: string, request: object = {}): Promise<T> =>
  post<T>(`/api/rpc/${method}`, request);

export type Role = 'viewer' | 'operator' | 'admin';

export interface Features {
  user: string;
  role: Role;
  sqlConsole: boolean;
}

const order: readonly Role[] = ['viewer', 'operator', 'admin'];
export const mayDo = (have: Role, need: Role): boolean => order.indexOf(have) >= order.indexOf(need);

/** A tablet's alias as requests have it, from `cell-uid`. */
export function aliasMessage(alias: string): { cell: string; uid: number } {
  const dash = alias.lastIndexOf('-');
  return { cell: alias.slice(0, dash), uid: Number(alias.slice(dash + 1)) };
}
