import type { Command } from '../command';
import { administrationCommands } from './administration';
import { cellCommands } from './cells';
import { familyCommands } from './families';
import { keyspaceCommands } from './keyspaces';
import { queryCommands } from './query';
import { schemaCommands } from './schema';
import { servingGraphCommands } from './serving-graph';
import { shardRecordCommands } from './shard-records';
import { shardCommands } from './shards';
import { tabletActionCommands } from './tablet-actions';
import { tabletCommands } from './tablets';
import { topologyCommands } from './topology';
import { validationCommands } from './validation';
import { vschemaCommands } from './vschema';

/** All commands, sorted by name. */
export const commands: readonly Command[] = [
  ...administrationCommands(() => commands.map(({ name }) => name)),
  ...cellCommands,
  ...familyCommands,
  ...keyspaceCommands,
  ...queryCommands,
  ...schemaCommands,
  ...servingGraphCommands,
  ...shardCommands,
  ...shardRecordCommands,
  ...tabletActionCommands,
  ...tabletCommands,
  ...topologyCommands,
  ...validationCommands,
  ...vschemaCommands,
].sort((a, b) => (a.name < b.name ? -1 : 1));
