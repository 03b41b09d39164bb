import { parse, print } from '@vitess-ts/sqlparser';

/** A part of a tree: only its shape matters here. */
type Part = { [key: string]: unknown };

const isPart = (value: unknown): value is Part => typeof value === 'object' && value !== null;

/** Parts that are left as they are: they decide how answers are compared, or what the columns are. */
const kept: ReadonlySet<string> = new Set(['orderBy', 'limit', 'groupBy', 'distinct']);

/**
 * Makes a statement smaller while `fails` says that it still shows what it showed: leaves parts out, and puts an
 * expression in the place of the one that holds it. Asks at most `most` times. ORDER BY and LIMIT of the statement
 * itself stay, for they say how its answers are compared.
 */
export async function shrink(
  sql: string,
  fails: (candidate: string) => Promise<boolean>,
  most = 400,
): Promise<string> {
  let best = sql;
  let asked = 0;
  for (let progress = true; progress && asked < most;) {
    progress = false;
    for (const candidate of candidates(best)) {
      if (candidate.length >= best.length) continue;
      if (++asked > most) break;
      if (!(await fails(candidate))) continue;
      best = candidate;
      progress = true;
      break;
    }
  }
  return best;
}

/** Smaller statements, those first that lose most. */
function candidates(sql: string): string[] {
  const texts = new Set<string>();
  const tree = parse(sql, {}) as unknown as Part;
  const tryPrint = (): void => {
    try {
      texts.add(print(tree as unknown as Parameters<typeof print>[0]));
    } catch {
      // Not every part can go: the printer refuses such a tree.
    }
  };
  const withChange = (holder: Part | unknown[], key: string | number, change: unknown): void => {
    const slots = holder as Part;
    const before = slots[key];
    slots[key] = change;
    tryPrint();
    slots[key] = before;
  };
  const walk = (node: Part, top: boolean): void => {
    for (const [key, value] of Object.entries(node)) {
      if (top && kept.has(key)) continue;
      if (Array.isArray(value)) {
        if (value.length > 1) value.forEach((_, i) => withChange(node, key, value.toSpliced(i, 1)));
        if (value.length > 0) withChange(node, key, value.length === 1 ? undefined : [value[0]]);
        value.forEach((element, i) => {
          if (!isPart(element)) return;
          for (const inner of partsOf(element)) withChange(value, i, inner);
          walk(element, false);
        });
      } else if (isPart(value)) {
        withChange(node, key, undefined);
        for (const inner of partsOf(value)) withChange(node, key, inner);
        walk(value, false);
      } else if (value === true) withChange(node, key, false);
    }
  };
  walk(tree, true);
  return [...texts].sort((a, b) => a.length - b.length);
}

/** The parts right below one, which may stand for it. */
function partsOf(node: Part): Part[] {
  return Object.values(node)
    .flatMap((value) => (Array.isArray(value) ? (value as unknown[]) : [value]))
    .filter(isPart)
    .filter((part) => 'kind' in part);
}
