import { parse, type AlterVschema, type VindexSpec } from '@vitess-ts/sqlparser';
import { Keyspace as VSchema, Table, Vindex } from '@vitess-ts/proto/vschema';
import { Code, VtError } from '@vitess-ts/vterrors';

/**
 * The vschema of a keyspace as an ALTER VSCHEMA statement changes it; the given one stays as it is. INVALID_ARGUMENT
 * for another statement, NOT_FOUND and ALREADY_EXISTS for what is or is not there, FAILED_PRECONDITION for a vindex
 * that is in use.
 */
export function alterVSchema(keyspace: string, current: VSchema, sql: string): VSchema {
  const statement = parse(sql);
  if (statement.kind !== 'alterVschema') {
    throw new VtError(Code.INVALID_ARGUMENT, 'not an ALTER VSCHEMA statement');
  }
  return alterVSchemaBy(keyspace, current, statement);
}

/** As `alterVSchema`, of a statement that has been parsed. */
export function alterVSchemaBy(keyspace: string, current: VSchema, statement: AlterVschema): VSchema {
  const named = statement.table.keyspace ?? '';
  if (named !== '' && named !== keyspace) {
    throw new VtError(Code.INVALID_ARGUMENT, `the statement is for keyspace ${named}, not for ${keyspace}`);
  }
  const changed = VSchema.fromPartial(current);
  apply(keyspace, changed, statement);
  return changed;
}

function apply(keyspace: string, vschema: VSchema, statement: AlterVschema): void {
  const { action, table, vindex, columns, autoIncrement } = statement;
  const { name } = table;
  switch (action) {
    case 'create vindex':
      addVindexDefinition(keyspace, vschema, specOf(vindex, name));
      return;
    case 'drop vindex':
      dropVindexDefinition(keyspace, vschema, name);
      return;
    case 'add table':
      addTable(keyspace, vschema, name, Table.create());
      return;
    case 'drop table':
    case 'drop sequence':
      existingTable(keyspace, vschema, name);
      delete vschema.tables[name];
      return;
    case 'add sequence':
      if (vschema.sharded) throw unsupported('add sequence table: unsupported on sharded keyspace', keyspace);
      addTable(keyspace, vschema, name, Table.create({ type: 'sequence' }));
      return;
    case 'add vindex':
      addColumnVindex(keyspace, vschema, name, specOf(vindex, name), columns);
      return;
    case 'drop column vindex':
      dropColumnVindex(keyspace, vschema, name, specOf(vindex, name).name);
      return;
    case 'add auto_increment':
    case 'drop auto_increment':
      changeAutoIncrement(keyspace, existingTable(keyspace, vschema, name), name, autoIncrement);
      return;
    default:
      // Actions of a later parser.
      throw unsupported(`ALTER VSCHEMA ${String(action)}`, keyspace);
  }
}

/** The parser gives a spec with the actions that need one; its name may be the statement's. */
function specOf(vindex: VindexSpec | undefined, name: string): VindexSpec {
  return vindex ?? { name, params: [] };
}

function addVindexDefinition(keyspace: string, vschema: VSchema, { name, type, params }: VindexSpec): void {
  if (Object.hasOwn(vschema.vindexes, name)) throw exists(`vindex ${name}`, keyspace);
  // The first vindex of a keyspace without tables decides that it is sharded.
  if (Object.keys(vschema.vindexes).length === 0) vschema.sharded = true;
  vschema.vindexes[name] = vindexOf(type ?? name, params);
}

function vindexOf(type: string, params: VindexSpec['params']): Vindex {
  const all = new Map(params);
  const owner = all.get('owner') ?? '';
  all.delete('owner');
  return Vindex.create({ type, owner, params: Object.fromEntries(all) });
}

function dropVindexDefinition(keyspace: string, vschema: VSchema, name: string): void {
  if (!Object.hasOwn(vschema.vindexes, name)) throw missing(`vindex ${name}`, keyspace);
  for (const [tableName, { columnVindexes }] of Object.entries(vschema.tables)) {
    if (!columnVindexes.some((one) => one.name === name)) continue;
    throw new VtError(
      Code.FAILED_PRECONDITION,
      `can not drop vindex cause ${name} still defined on table ${tableName}`,
    );
  }
  delete vschema.vindexes[name];
}

function addTable(keyspace: string, vschema: VSchema, name: string, table: Table): void {
  if (Object.hasOwn(vschema.tables, name)) throw exists(`table ${name}`, keyspace);
  if (name === '__proto__') throw unsupported(`table ${name}`, keyspace);
  vschema.tables[name] = table;
}

function existingTable(keyspace: string, vschema: VSchema, name: string): Table {
  if (!Object.hasOwn(vschema.tables, name)) throw missing(`table ${name}`, keyspace);
  return vschema.tables[name];
}

/** Uses a vindex that is there, or makes it when its type is given; what is given of one that is there must match. */
function addColumnVindex(
  keyspace: string,
  vschema: VSchema,
  tableName: string,
  spec: VindexSpec,
  columns: readonly string[],
): void {
  if (!Object.hasOwn(vschema.vindexes, spec.name)) {
    if (spec.type === undefined) throw missing(`vindex ${spec.name}`, keyspace);
    addVindexDefinition(keyspace, vschema, spec);
  } else if (spec.type !== undefined) {
    const wanted = vindexOf(spec.type, spec.params);
    const have = vschema.vindexes[spec.name];
    if (!Buffer.from(Vindex.encode(wanted).finish()).equals(Vindex.encode(have).finish())) {
      throw new VtError(
        Code.FAILED_PRECONDITION,
        `vindex ${spec.name} of keyspace ${keyspace} is there with another type, owner or params`,
      );
    }
  }
  if (!Object.hasOwn(vschema.tables, tableName)) addTable(keyspace, vschema, tableName, Table.create());
  const table = vschema.tables[tableName];
  if (table.columnVindexes.some(({ name }) => name === spec.name)) {
    throw exists(`vindex ${spec.name} on table ${tableName}`, keyspace);
  }
  table.columnVindexes.push(
    columns.length === 1
      ? { column: columns[0], name: spec.name, columns: [] }
      : { column: '', name: spec.name, columns: [...columns] },
  );
}

/** A table that loses its last vindex leaves the vschema. */
function dropColumnVindex(keyspace: string, vschema: VSchema, tableName: string, vindex: string): void {
  const table = existingTable(keyspace, vschema, tableName);
  const rest = table.columnVindexes.filter(({ name }) => name !== vindex);
  if (rest.length === table.columnVindexes.length)
    throw missing(`vindex ${vindex} on table ${tableName}`, keyspace);
  table.columnVindexes = rest;
  if (rest.length === 0) delete vschema.tables[tableName];
}

function changeAutoIncrement(
  keyspace: string,
  table: Table,
  name: string,
  added: AlterVschema['autoIncrement'],
): void {
  if (!added) {
    if (!table.autoIncrement) throw missing(`auto increment of table ${name}`, keyspace);
    table.autoIncrement = undefined;
    return;
  }
  if (table.autoIncrement) throw exists(`auto increment of table ${name}`, keyspace);
  const { keyspace: sequenceKeyspace, name: sequence } = added.sequence;
  const qualified = sequenceKeyspace ? `${sequenceKeyspace}.${sequence}` : sequence;
  table.autoIncrement = { column: added.column, sequence: qualified };
}

const exists = (what: string, keyspace: string): VtError =>
  new VtError(Code.ALREADY_EXISTS, `vschema of keyspace ${keyspace} already contains ${what}`);

const missing = (what: string, keyspace: string): VtError =>
  new VtError(Code.NOT_FOUND, `vschema of keyspace ${keyspace} does not contain ${what}`);

const unsupported = (what: string, keyspace: string): VtError =>
  new VtError(Code.INVALID_ARGUMENT, `${what} (keyspace ${keyspace})`);
