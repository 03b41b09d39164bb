import { AtomicCommits, type GateCommitStep } from './executor/atomic-commit';
import { Backend } from './executor/backend';
import { DeadlockDetector } from './executor/deadlock-detector';
import { Executor } from './executor/executor';
import type { Gateway } from './executor/gateway';
import { PlannedStatements } from './executor/planned-statements';
import { ProcessList } from './executor/process-list';
import { ScratchConnections, type ScratchLimits } from './executor/scratch-connections';
import type { SchemaSource } from './executor/schema-source';
import { Sequences } from './executor/sequences';
import { SessionStatements } from './executor/session-statements';
import { SpillDirectory, type SpillLimits } from './executor/spill-directory';
import { StatementDescriber } from './executor/statement-describer';
import { StatementContexts } from './executor/statement-contexts';
import { StatementPlanner } from './executor/statement-planner';
import { StatementRunner } from './executor/statement-runner';
import type { StatementObserver, TransactionObserver } from './executor/statement-stats';
import { TransactionResolver } from './executor/transaction-resolver';
import { Transactions } from './executor/transactions';
import type { BuildPlan } from './planner/plan';
import { AdministrationStatements } from './statements/administration';
import { AlterVSchemaStatements, type VSchemaStore } from './statements/alter-vschema';
import { DescribeStatements } from './statements/describe';
import { SetStatements } from './statements/set';
import { ShowStatements } from './statements/show';
import { ShowTransactions } from './statements/show-transactions';
import { ShowVitess } from './statements/show-vitess';
import { TransactionStatements } from './statements/transaction';
import { VExplainStatements } from './statements/vexplain';

export interface ExecutorParts {
  gateway: Gateway;
  schema: SchemaSource;
  buildPlan: BuildPlan;
  flavor: 'mariadb' | 'mysql';
  serverVersion: string;
  /** Path of the MySQL socket, as `@@socket`; empty without one. */
  socket: string;
  queryTimeoutMs: number;
  maxMemoryRows: number;
  noScatter: boolean;
  planCacheBytes: number;
  scratch: ScratchLimits;
  vschemas: VSchemaStore;
  /** Who may change vschemas by ALTER VSCHEMA; `%`: all. */
  vschemaUsers: readonly string[];
  spill: SpillLimits;
  observer: StatementObserver;
  transactionObserver: TransactionObserver;
  /** For crash tests: called at each step of an atomic commit. */
  atCommitStep?: (step: GateCommitStep) => void;
  /** Told of commits of others that could not be ended. */
  onResolverError: (error: Error) => void;
}

/** The executor with all that it is made of. */
export interface BuiltExecutor {
  executor: Executor;
  describer: StatementDescriber;
  planned: PlannedStatements;
  transactions: Transactions;
  atomicCommits: AtomicCommits;
  /** Ends atomic commits that nobody else ends. */
  resolver: TransactionResolver;
  scratchConnections: ScratchConnections;
  spillDirectory: SpillDirectory;
  /** The fronts' clients, for SHOW PROCESSLIST. */
  processes: ProcessList;
}

export function buildExecutor(parts: ExecutorParts): BuiltExecutor {
  const { gateway, schema, buildPlan, flavor, serverVersion, socket } = parts;
  const { queryTimeoutMs, maxMemoryRows, planCacheBytes } = parts;
  const backend = new Backend(gateway, { serverVersion, socket, flavor });
  const atomicCommits = new AtomicCommits(gateway, parts.transactionObserver, parts.atCommitStep);
  const deadlocks = new DeadlockDetector(gateway, parts.transactionObserver);
  const transactions = new Transactions(gateway, parts.transactionObserver, atomicCommits, deadlocks);
  const resolver = new TransactionResolver(gateway, parts.onResolverError);
  const processes = new ProcessList();
  const scratchConnections = new ScratchConnections(gateway, parts.scratch);
  const spillDirectory = new SpillDirectory(parts.spill);
  const planner = new StatementPlanner(
    { planCacheBytes, dialect: flavor },
    buildPlan,
    schema,
    gateway,
    backend,
  );
  const runner = new StatementRunner(transactions, parts.transactionObserver);
  const sequences = new Sequences(gateway);
  const contexts = new StatementContexts({
    maxMemoryRows,
    planner,
    schema,
    gateway,
    sequences,
    transactions,
    runner,
    scratchConnections,
    spillFiles: spillDirectory,
  });
  transactions.removeUnused = (session, entries, call) => contexts.removeUnused(session, entries, call);
  const planned = new PlannedStatements(
    parts.noScatter,
    planner,
    schema,
    gateway,
    backend,
    transactions,
    runner,
    contexts,
  );
  const sessionStatements = new SessionStatements(gateway, {
    transactions: new TransactionStatements(transactions),
    set: new SetStatements(backend, transactions, planned),
    show: new ShowStatements(
      backend,
      planned,
      new ShowVitess(gateway, schema),
      new ShowTransactions(gateway, resolver),
      gateway,
      processes,
    ),
    describe: new DescribeStatements(backend, planned),
    vexplain: new VExplainStatements(backend, planned),
    administration: new AdministrationStatements(backend, planned),
    vschema: new AlterVSchemaStatements(parts.vschemas, parts.vschemaUsers, schema),
  });
  return {
    executor: new Executor(
      { queryTimeoutMs, flavor, serverVersion },
      planned,
      sessionStatements,
      parts.observer,
    ),
    describer: new StatementDescriber(flavor, planned, sessionStatements, transactions),
    planned,
    transactions,
    atomicCommits,
    resolver,
    scratchConnections,
    spillDirectory,
    processes,
  };
}
