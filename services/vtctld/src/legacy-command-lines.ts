/** How a command of the first vtctl is said today. */
type Rewrite = (words: string[]) => string[];

const named =
  (name: string, ...more: string[]): Rewrite =>
  (words) => [name, ...more, ...words];

/** Commands that have another name today, or take their arguments otherwise; all others are said as they were. */
const rewrites: ReadonlyMap<string, Rewrite> = new Map<string, Rewrite>([
  ['listalltablets', (words) => ['GetTablets', ...cells(words)]],
  ['listshardtablets', ([shard = '', ...words]) => ['GetTablets', ...ofShard(shard), ...words]],
  ['listtablets', (words) => ['GetTablets', ...words.flatMap((alias) => ['--tablet-alias', alias])]],
  ['setreadonly', ([alias = '']) => ['SetWritable', alias, 'false']],
  ['setreadwrite', ([alias = '']) => ['SetWritable', alias, 'true']],
  ['ping', named('PingTablet')],
  ['sleep', named('SleepTablet')],
  ['startslave', named('StartReplication')],
  ['stopslave', named('StopReplication')],
  ['changeslavetype', named('ChangeTabletType')],
  ['executefetchasdba', named('ExecuteFetchAsDBA')],
  ['deletetablet', named('DeleteTablets')],
  ['deleteshard', named('DeleteShards')],
  ['getshardreplication', (words) => ['GetShardReplication', ...shardFirst(words)]],
  ['validateschemashard', (words) => inShard('ValidateSchemaKeyspace', words)],
  ['validatepermissionsshard', (words) => inShard('ValidatePermissionsKeyspace', words)],
  ['topocat', (words) => ['GetTopologyPath', ...words.filter((word) => !word.startsWith('-'))]],
  ['rebuildvschemagraph', named('RebuildVSchemaGraph')],
  ['initshardmaster', named('InitShardPrimary')],
  ['refreshstatebyshard', named('RefreshStateByShard')],
  ['onlineddl', named('OnlineDDL')],
]);

/** A command line of the first vtctl, which wrote long flags with one dash and underscores, as today's. */
export function modernCommand(args: readonly string[]): string[] {
  const words = args.map((word) => (/^-[A-Za-z][A-Za-z0-9_-]+(=|$)/.test(word) ? `-${word}` : word));
  const at = words.findIndex((word) => !word.startsWith('-'));
  const rewrite = at < 0 ? undefined : rewrites.get(words[at].toLowerCase());
  if (!rewrite) return words;
  return [...words.slice(0, at), ...rewrite(words.slice(at + 1))];
}

/** The cell came first once. */
const shardFirst = (words: string[]): string[] =>
  [...words].sort((a, b) => Number(b.includes('/')) - Number(a.includes('/')));

const cells = (words: string[]): string[] =>
  words.flatMap((word) => (word.startsWith('-') ? [word] : ['--cell', word]));

function ofShard(path: string): string[] {
  const [keyspace = '', shard = ''] = path.split('/');
  return ['--keyspace', keyspace, `--shard=${shard}`];
}

function inShard(command: string, words: string[]): string[] {
  return [
    command,
    ...words.flatMap((word) => {
      const [keyspace, shard] = word.split('/');
      return shard === undefined ? [word] : [`--shards=${shard}`, keyspace];
    }),
  ];
}
