import type { ConnectOptions } from '@vitess-ts/mysql';
import { MariadbFlavor, type Flavor, type Mysqld } from '@vitess-ts/mysqlctl';

/** The mysqld of a tablet, whoever runs it. */
export interface TabletMysql {
  readonly flavor: Flavor;
  /** Whether the tablet starts it and may make it read-only, reset it, and so on. */
  readonly managed: boolean;
  start(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
  /** False when its process is gone; a server that is not managed counts as running. */
  isRunning(): Promise<boolean>;
  /** Of the process, where it is known. */
  processId(): number | undefined;
  dba(): ConnectOptions;
  app(): ConnectOptions;
}

/** A mysqld that the tablet starts, or takes over when it runs already. `keepRunning`: it outlives the tablet. */
export function managedMysql(mysqld: Mysqld, keepRunning: boolean): TabletMysql {
  return {
    flavor: mysqld.flavor,
    managed: true,
    start: (signal) => mysqld.start(signal),
    stop: async () => {
      if (!keepRunning) await mysqld.shutdown();
    },
    isRunning: () => mysqld.isRunning(),
    processId: () => mysqld.processId ?? undefined,
    dba: () => mysqld.dbaConnectionParams(),
    app: () => mysqld.appConnectionParams(),
  };
}

/** A mysqld that somebody else runs. */
export function externalMysql(app: ConnectOptions, dba: ConnectOptions): TabletMysql {
  return {
    flavor: new MariadbFlavor(),
    managed: false,
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    isRunning: () => Promise.resolve(true),
    processId: () => undefined,
    dba: () => dba,
    app: () => app,
  };
}
