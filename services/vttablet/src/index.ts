export { VtTablet } from './vttablet';
export type { VtTabletConfig } from './vttablet-config';
export { externalMysql, managedMysql, type TabletMysql } from './tabletmanager/tablet-mysql';
export { defaultTabletServerOptions, type TabletServerOptions } from './tabletserver/options';
export { TabletServer } from './tabletserver/tablet-server';
