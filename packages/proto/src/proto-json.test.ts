import { Row } from './gen/query';
import { Shard, SrvKeyspace, Tablet, TabletType } from './gen/topodata';
import { BackupRequest } from './gen/vtctldata';
import { InvalidProtoValue } from './invalid-proto-value';
import { jsonToMessage, messageToJson } from './proto-json';

describe('messageToJson', () => {
  const tablet = Tablet.encode(
    Tablet.create({
      alias: { cell: 'zone1', uid: 100 },
      type: TabletType.PRIMARY,
      portMap: { vt: 15100, grpc: 16100 },
      keyRange: { start: Buffer.alloc(0), end: Buffer.from([0x80]) },
      primaryTermStartTime: { seconds: 1700000000n, nanoseconds: 5 },
    }),
  ).finish();

  it('has the shape of vtctldclient: declared order, proto names, nulls for absent messages', () => {
    const json = messageToJson('topodata.Tablet', tablet);
    expect(JSON.stringify(json)).toBe(
      '{"alias":{"cell":"zone1","uid":100},"hostname":"","port_map":{"grpc":16100,"vt":15100},"keyspace":"","shard":"",' +
        '"key_range":{"start":"","end":"gA=="},"type":"PRIMARY","db_name_override":"","tags":{},"mysql_hostname":"",' +
        '"mysql_port":0,"primary_term_start_time":{"seconds":"1700000000","nanoseconds":5},"default_conn_collation":0,' +
        '"tablet_start_time":null,"tablet_shutdown_time":null}',
    );
  });

  it('leaves out what is not set when asked to', () => {
    expect(messageToJson('topodata.Tablet', tablet, { emitUnpopulated: false })).toEqual({
      alias: { cell: 'zone1', uid: 100 },
      port_map: { grpc: 16100, vt: 15100 },
      key_range: { end: 'gA==' },
      type: 'PRIMARY',
      primary_term_start_time: { seconds: '1700000000', nanoseconds: 5 },
    });
  });

  it('keeps the declared order where numbers differ from it, and recurses into lists', () => {
    const shard = Shard.encode(
      Shard.create({ sourceShards: [{ uid: 1, keyspace: 'ks', shard: '-', tables: [] }] }),
    ).finish();
    expect(Object.keys(messageToJson('topodata.Shard', shard)).slice(0, 3)).toEqual([
      'primary_alias',
      'primary_term_start_time',
      'key_range',
    ]);
    expect(messageToJson('topodata.Shard', shard).source_shards).toEqual([
      { uid: 1, keyspace: 'ks', shard: '-', key_range: null, tables: [] },
    ]);
  });

  it('recurses into maps of messages and sorts keys, whatever they are', () => {
    const bytes = SrvKeyspace.encode(
      SrvKeyspace.create({ throttlerConfig: { metricThresholds: { b: 2, a: 0.5 } } }),
    );
    const config = messageToJson('topodata.SrvKeyspace', bytes.finish()).throttler_config as Record<
      string,
      object
    >;
    expect(JSON.stringify(config.metric_thresholds)).toBe('{"a":0.5,"b":2}');
    const apps = jsonToMessage('topodata.ThrottlerConfig', { throttled_apps: { x: { name: 'x' } } });
    expect(messageToJson('topodata.ThrottlerConfig', apps).throttled_apps).toEqual({
      x: { name: 'x', ratio: 0, expires_at: null, exempt: false },
    });
  });

  it('keeps a key that plain objects treat in a special way', () => {
    const bytes = jsonToMessage('topodata.Tablet', JSON.parse('{"tags":{"__proto__":"x"}}'));
    expect(JSON.stringify(messageToJson('topodata.Tablet', bytes).tags)).toBe('{"__proto__":"x"}');
  });

  it('does not show an unset optional field or oneof member', () => {
    const json = messageToJson(
      'vtctldata.BackupRequest',
      BackupRequest.encode(BackupRequest.create()).finish(),
    );
    expect(json).not.toHaveProperty('backup_engine');
    expect(json).toHaveProperty('tablet_alias', null);
    expect(messageToJson('query.ExecuteOptions', Buffer.alloc(0))).not.toHaveProperty(
      'authoritative_timeout',
    );
  });

  it('keeps values over 2^53 exact', () => {
    const row = Row.encode(Row.create({ lengths: [9007199254740993n, -1n] })).finish();
    expect(messageToJson('query.Row', row).lengths).toEqual(['9007199254740993', '-1']);
  });

  it('refuses bytes that are no message, and unknown types', () => {
    expect(() => messageToJson('topodata.Tablet', Buffer.from([0x0a, 0xff]))).toThrow(InvalidProtoValue);
    expect(() => messageToJson('topodata.Nothing', Buffer.alloc(0))).toThrow(
      'there is no message topodata.Nothing',
    );
  });
});

describe('jsonToMessage', () => {
  it('reads proto and camel case names, and old names of enum values', () => {
    for (const json of [
      { db_name_override: 'x', type: 'MASTER' },
      { dbNameOverride: 'x', type: 1 },
    ]) {
      const tablet = Tablet.decode(jsonToMessage('topodata.Tablet', json));
      expect(tablet.dbNameOverride).toBe('x');
      expect(tablet.type).toBe(TabletType.PRIMARY);
    }
  });

  it('reads back what messageToJson wrote', () => {
    const bytes = jsonToMessage('topodata.Tablet', { alias: { cell: 'c', uid: 1 }, tags: { a: 'b' } });
    expect(jsonToMessage('topodata.Tablet', messageToJson('topodata.Tablet', bytes))).toEqual(bytes);
  });

  it.each([[{ nothing: 1 }], [{ mysql_port: 'x' }], [{ type: 'LEADER' }], [null], ['x'], [[]], [undefined]])(
    'refuses %j',
    (json) => {
      expect(() => jsonToMessage('topodata.Tablet', json)).toThrow(InvalidProtoValue);
    },
  );
});
