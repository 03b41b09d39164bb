/** The message of anything that was thrown. By its shape: an error from another realm is no `instanceof Error`. */
export function messageOf(err: unknown): string {
  const message =
    typeof err === 'object' && err !== null ? (err as { message?: unknown }).message : undefined;
  return typeof message === 'string' ? message : String(err);
}
