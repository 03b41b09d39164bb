/** A tree without offsets and texts, which printing changes. */
export function bare(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(bare);
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).filter(
    ([key, value]) => !['start', 'end', 'text'].includes(key) && value !== undefined,
  );
  return Object.fromEntries(entries.map(([key, value]) => [key, bare(value)]));
}
