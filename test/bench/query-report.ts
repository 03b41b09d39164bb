import type { QueryFigures, QueryRun } from './query-benchmark';

interface Line {
  target: string;
  qps: number;
  ofDirect: number | undefined;
  ofHaproxy: number | undefined;
  p95Ms: number;
  ignoredErrors: number;
  reconnects: number;
  cpu: string;
  foreignCpu: number;
}

/** The table of a benchmark, as Markdown. */
export function queryReport({ machine, options, runs, failures }: QueryFigures): string {
  const out = [
    `${machine.cpus} x ${machine.cpuModel}, ${machine.memoryMb} MB, Node ${machine.node}; ` +
      `${options.tables} tables of ${options.tableSize} rows, ${options.rounds} x ${options.seconds} s, medians`,
  ];
  for (const workload of options.workloads) {
    for (const threads of options.threads) {
      const of = runs.filter((r) => r.workload === workload && r.threads === threads);
      out.push(
        '',
        `**${workload}, ${threads} ${threads === 1 ? 'thread' : 'threads'}**`,
        '',
        '| target | queries/s | of direct | of haproxy | p95 ms | CPU µs a query | errors (reconnects) | others |',
        '|---|---:|---:|---:|---:|---|---:|---:|',
        ...options.targets.filter((t) => of.some((r) => r.target === t)).map((t) => row(lineOf(t, of))),
      );
    }
  }
  for (const failure of failures) out.push('', `FAILED: ${failure}`);
  return `${out.join('\n')}\n`;
}

function row(line: Line): string {
  const cells = [
    line.target,
    line.qps.toFixed(0),
    ratio(line.ofDirect),
    ratio(line.ofHaproxy),
    line.p95Ms.toFixed(2),
    line.cpu,
    `${line.ignoredErrors} (${line.reconnects})`,
    `${(line.foreignCpu * 100).toFixed(0)} %`,
  ];
  return `| ${cells.join(' | ')} |`;
}

function ratio(value: number | undefined): string {
  return value === undefined ? '' : value.toFixed(2);
}

function lineOf(target: string, runs: readonly QueryRun[]): Line {
  const own = runs.filter((r) => r.target === target);
  const roles = Object.keys(own[0].cpuUs);
  const parts = roles.map((role) => `${role} ${median(own.map((r) => r.cpuUs[role])).toFixed(0)}`);
  const sum = median(own.map((r) => Object.values(r.cpuUs).reduce((a, b) => a + b, 0)));
  return {
    target,
    qps: median(own.map((r) => r.queriesPerSecond)),
    ofDirect: fraction(own, runs, 'direct'),
    ofHaproxy: fraction(own, runs, 'haproxy'),
    p95Ms: median(own.map((r) => r.p95Ms)),
    ignoredErrors: own.reduce((n, r) => n + r.ignoredErrors, 0),
    reconnects: own.reduce((n, r) => n + r.reconnects, 0),
    cpu: `${parts.join(', ')}; sum ${sum.toFixed(0)}`,
    foreignCpu: median(own.map((r) => r.foreignCpu)),
  };
}

/** Against the other target's run of the same round: the load of others changes from round to round. */
function fraction(own: readonly QueryRun[], runs: readonly QueryRun[], other: string): number | undefined {
  const ratios = own.flatMap((run) => {
    const base = runs.find((r) => r.target === other && r.round === run.round);
    return base === undefined ? [] : [run.queriesPerSecond / base.queriesPerSecond];
  });
  return ratios.length === 0 ? undefined : median(ratios);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
