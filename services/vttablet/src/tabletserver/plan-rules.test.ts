import { TabletType } from '@vitess-ts/proto/topodata';
import { buildPlan } from './plan-builder';
import { checkPlan } from './plan-rules';
import type { StatefulConnection } from './stateful-connection';

const reserved = { reserved: true, inTransaction: false } as StatefulConnection;
const check = (sql: string, connection?: StatefulConnection) => (): void =>
  checkPlan(buildPlan(sql), TabletType.REPLICA, connection);

test('a replica lets a reserved connection fill scratch tables', () => {
  expect(check('create temporary table _vt_scratch_0 (a int)', reserved)).not.toThrow();
  expect(check('insert into _vt_scratch_0 values (1), (2)', reserved)).not.toThrow();
});

test('and lets nobody write anything else', () => {
  expect(check('insert into _vt_scratch_0 values (1)')).toThrow();
  expect(
    check('insert into _vt_scratch_0 values (1)', { ...reserved, inTransaction: true } as never),
  ).toThrow();
  expect(check('insert into _vt_scratch_0x values (1)', reserved)).toThrow();
  expect(check('insert into t values (1)', reserved)).toThrow();
  expect(check('insert into t select * from _vt_scratch_0', reserved)).toThrow();
  expect(check('delete from _vt_scratch_0 using _vt_scratch_0 join t', reserved)).toThrow();
  expect(check('create table _vt_scratch_0 (a int)', reserved)).toThrow();
});
