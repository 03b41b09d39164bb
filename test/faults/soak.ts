import { abortedSoak } from './aborted-soak';
import { bankSoak } from './bank-soak';
import { FaultyCluster, type Role } from './faulty-cluster';
import { olapMemory } from './olap-memory';
import { checkInvariants } from './invariants';
import { sequenceSoak } from './sequence-run';
import { reportOf, type Times } from './report';
import { topologyOutage } from './topology-outage';

const PORT_BASE = 6_000;
const USAGE = `usage: npm run soak -- [--rounds N] [--topo file|etcd] [--roles a,b]
       npm run soak -- --etcd-outage SECONDS | --aborts N | --olap-rows N | --bank MINUTES | --sequence IDS
Kills each role N times (10) under load, then compares what was acknowledged with what is there; or stops etcd for a
while, under load; or breaks off N queries of all kinds in all ways and looks for what is left of them; or reads N rows
under workload = olap and measures the gate's memory.
--bank: transfers over four shards under TWOPC; kills at each step of a commit, then at random until the time is over.
--sequence: 8 writers take IDS ids each of a sequence through two gates, with 12 kills.
`;

interface Options {
  /** Seconds without etcd; instead of kills. */
  outage?: number;
  rounds: number;
  topo: 'file' | 'etcd';
  roles: Role[];
  aborts: number;
  olapRows: number;
  /** Minutes; 0: not the bank. */
  bank: number;
  /** Ids of each writer; 0: not the sequence. */
  sequence: number;
}

function optionsOf(argv: readonly string[]): Options | undefined {
  const options: Options = {
    rounds: 10,
    topo: 'file',
    roles: [],
    aborts: 0,
    olapRows: 0,
    bank: 0,
    sequence: 0,
  };
  for (let i = 0; i < argv.length; i += 2) {
    const [flag, value = ''] = [argv[i], argv[i + 1]];
    if (flag === '--rounds' && /^[1-9]\d{0,3}$/.test(value)) options.rounds = Number(value);
    else if (flag === '--aborts' && /^[1-9]\d{0,6}$/.test(value)) options.aborts = Number(value);
    else if (flag === '--olap-rows' && /^[1-9]\d{0,7}$/.test(value)) options.olapRows = Number(value);
    else if (flag === '--topo' && (value === 'file' || value === 'etcd')) options.topo = value;
    else if (flag === '--etcd-outage' && /^[1-9]\d{0,4}$/.test(value)) options.outage = Number(value);
    else if (flag === '--bank' && /^[1-9]\d{0,3}$/.test(value)) options.bank = Number(value);
    else if (flag === '--sequence' && /^[1-9]\d{0,6}$/.test(value)) options.sequence = Number(value);
    else if (flag === '--roles' && value !== '') options.roles = value.split(',') as Role[];
    else return undefined;
  }
  const all: Role[] = ['vtgate', 'vttablet', 'mysqld', 'vtctld'];
  if (options.topo === 'etcd') all.push('etcd');
  if (options.roles.length === 0) options.roles = all;
  return options.roles.every((role) => all.includes(role)) ? options : undefined;
}

async function soak({ rounds, topo, roles, aborts, olapRows, outage }: Options): Promise<number> {
  if (outage !== undefined) return (await topologyOutage(outage)) ? 0 : 1;
  if (olapRows > 0) return olapMemory(PORT_BASE, olapRows);
  if (aborts > 0) return abortedSoak(PORT_BASE, aborts);
  const cluster = await FaultyCluster.start(PORT_BASE, topo);
  const times: Times = {};
  try {
    await cluster.startLoad();
    for (let round = 1; round <= rounds; round++) {
      for (const role of roles) (times[role] ??= []).push(await cluster.kill(role));
      process.stderr.write(`round ${round} of ${rounds}\n`);
    }
    await cluster.stopLoad();
    const findings = await cluster.withConnection((db) => checkInvariants(db, cluster.ledger));
    process.stdout.write(`${reportOf(cluster.ledger, findings, times)}\n\n`);
    const { violations } = findings;
    process.stdout.write(
      violations.length === 0
        ? 'Every acknowledged write is there once, no refused one is there.\n'
        : `VIOLATIONS\n${violations.join('\n')}\n`,
    );
    return violations.length === 0 ? 0 : 1;
  } finally {
    await cluster.stopLoad();
    await cluster.stop();
  }
}

/** Kills of each role. */
const SEQUENCE_ROUNDS = 3;
const BANK_KILLS = 20;

function run(options: Options): Promise<number> {
  if (options.bank > 0) return bankSoak(PORT_BASE, options.bank, BANK_KILLS);
  if (options.sequence > 0) return sequenceSoak(PORT_BASE, options.sequence, SEQUENCE_ROUNDS);
  return soak(options);
}

const options = optionsOf(process.argv.slice(2));
if (options === undefined) {
  process.stderr.write(USAGE);
  process.exitCode = 2;
} else {
  run(options).then(
    (code) => (process.exitCode = code),
    (error: unknown) => {
      process.stderr.write(`soak: ${error instanceof Error ? error.stack : String(error)}\n`);
      process.exitCode = 1;
    },
  );
}
