/** `30s`, `1m30s`, `1h0m0s`, `500ms`: a time as Vitess's error texts write it. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${trim(seconds)}s`;
  const minutes = Math.floor(seconds / 60);
  const rest = `${trim(seconds - minutes * 60)}s`;
  return minutes < 60 ? `${minutes}m${rest}` : `${Math.floor(minutes / 60)}h${minutes % 60}m${rest}`;
}

function trim(seconds: number): string {
  return String(Math.round(seconds * 1000) / 1000);
}
