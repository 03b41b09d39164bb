import type { Command } from '../command';
import { cellCommands } from './cells';
import { keyspaceCommands } from './keyspaces';
import { queryCommands } from './query';
import { schemaCommands } from './schema';
import { servingGraphCommands } from './serving-graph';
import { shardCommands } from './shards';
import { tabletCommands } from './tablets';
import { topologyCommands } from './topology';
import { vschemaCommands } from './vschema';

/** All commands, sorted by name. */
export const commands: readonly Command[] = [
  ...cellCommands,
  ...keyspaceCommands,
  ...queryCommands,
  ...schemaCommands,
  ...servingGraphCommands,
  ...shardCommands,
  ...tabletCommands,
  ...topologyCommands,
  ...vschemaCommands,
].sort((a, b) => (a.name < b.name ? -1 : 1));
