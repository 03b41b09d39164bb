import type { DerivedTable, Expr, Join, JsonTable, Select, TableExpr } from '@vitess-ts/sqlparser';
import { assert } from '@vitess-ts/base';
import type { Primitive } from '../../engine/primitive';
import { unsupported } from '../../engine/unsupported';
import type { PlanContext } from '../plan-context';
import type { BoundJoin } from '../semantics/binder';
import { findTable } from '../semantics/known-table';
import {
  isBound,
  isSubset,
  overlaps,
  tablesOf,
  type BoundDerived,
  type BoundTable,
  type TableSet,
} from '../semantics/bound';
import { conjunction, conjuncts } from '../syntax-tree';
import { moveConditionsInside } from './derived-conditions';
import { DerivedOp } from './derived-op';
import { JoinOp } from './join-op';
import { ColumnEqualities, factored, impliedFor } from './implied-conditions';
import { estimatedRows } from './join-order';
import type { Operator } from './operator';
import type { PlannedQuery, RoutedQuery } from './planned-query';
import { fromElement, RouteOp } from './route-op';
import { mergeTargets } from './route-merge';
import type { Choice } from './routing-choice';
import { hintedVindexes, vindexColumnsOf } from './vindex-column';

/** Plans a query inside another one. */
export type PlanQuery = (query: DerivedTable['query']) => PlannedQuery;
/** Handles a condition with queries inside: the condition for the operator, with those queries merged or pulled out. */
export type PlanSubqueries = (condition: Expr, over: Operator | undefined) => Expr;

/** Plans FROM and WHERE: as few routes as possible, and joins of those that are left. */
export class FromPlanner {
  constructor(
    private readonly context: PlanContext,
    private readonly planQuery: PlanQuery,
    private readonly planSubqueries: PlanSubqueries,
    private readonly buildQuery: (query: DerivedTable['query']) => Primitive,
  ) {}

  plan(select: Pick<Select, 'from' | 'where'>): Operator {
    const conditions = conjuncts(select.where).flatMap(factored);
    if (select.from.length === 0) {
      const dual = new RouteOp(this.context, 0n, [], [], undefined, { kind: 'reference' }, [], [], false);
      for (const condition of conditions) dual.addCondition(this.planSubqueries(condition, dual));
      return dual;
    }
    return this.solve(
      select.from.flatMap((t) => this.inputs(t, conditions)),
      conditions,
    );
  }

  /**
   * The inputs of an inner join, flattened. Conditions of inner joins are added to `conditions`; an outer join takes
   * from them what concerns its kept side alone.
   */
  private inputs(table: TableExpr, conditions: Expr[]): Operator[] {
    switch (table.kind) {
      case 'table':
        return [this.tableRoute(table as BoundTable)];
      case 'derived':
        return [this.derived(table as BoundDerived, conditions)];
      case 'jsonTable':
        return [this.jsonTable(table as JsonTable & { bit: TableSet })];
      case 'join': {
        const on = joinConditions(table);
        if (table.type === 'left' || table.type === 'right') return [this.outerJoin(table, on, conditions)];
        conditions.push(...on);
        return [...this.inputs(table.left, conditions), ...this.inputs(table.right, conditions)];
      }
    }
  }

  /** One operator for an inner join of inputs: merges what can be merged, then joins the rest, small inputs first. */
  private solve(inputs: Operator[], conditions: Expr[]): Operator {
    const equalities = new ColumnEqualities(conditions);
    let rest = this.placeConditions(inputs, [
      ...conditions,
      ...(inputs.length > 1 ? equalities.constants() : []),
    ]);
    const [only] = inputs;
    if (inputs.length === 1 && only instanceof RouteOp) {
      for (const condition of equalities.constants()) only.narrow(condition);
    }
    // Tables that no condition connects are put together last: elsewhere they would multiply rows.
    for (const how of ['direct', 'implied', 'unconnected'] as const) {
      for (let merged = true; merged;) {
        merged = false;
        for (let i = 0; i < inputs.length && !merged; i++) {
          for (let j = i + 1; j < inputs.length && !merged; j++) {
            const both = this.mergeInner(
              inputs[i],
              inputs[j],
              this.connections(how, inputs, i, j, rest, equalities),
            );
            if (both === undefined) continue;
            inputs[i] = both;
            inputs.splice(j, 1);
            rest = this.placeConditions(inputs, rest);
            merged = true;
          }
        }
      }
    }
    for (const input of inputs) this.addImplied(input, rest);
    const waiting = [...inputs].sort((a, b) => estimatedRows(a) - estimatedRows(b));
    let result = waiting.shift() as Operator;
    while (waiting.length > 0) {
      const [right] = waiting.splice(this.nextInput(result, waiting, rest, inputs), 1);
      const join = new JoinOp(this.context, result, right, false);
      rest = rest.filter((condition) => {
        if (!this.isCovered(condition, join.tables, inputs)) return true;
        join.addJoinCondition(this.planSubqueries(condition, join));
        return false;
      });
      result = join;
    }
    for (const condition of rest) result.addCondition(this.planSubqueries(condition, result));
    return result;
  }

  /** The conditions by which two inputs may become one query; undefined when nothing connects them so. */
  private connections(
    how: 'direct' | 'implied' | 'unconnected',
    inputs: readonly Operator[],
    i: number,
    j: number,
    conditions: readonly Expr[],
    equalities: ColumnEqualities,
  ): { conditions: readonly Expr[]; added: Expr[] } | undefined {
    if (how === 'unconnected') return { conditions, added: [] };
    const [left, right] = [inputs[i], inputs[j]];
    if (how === 'implied') {
      const added = equalities.between(left.tables, right.tables);
      return added.length === 0 ? undefined : { conditions: [...conditions, ...added], added };
    }
    const isConnecting = (condition: Expr): boolean => {
      const used = tablesOf(condition);
      return (
        overlaps(used, left.tables) &&
        overlaps(used, right.tables) &&
        this.isCovered(condition, left.tables | right.tables, inputs)
      );
    };
    return conditions.some(isConnecting) ? { conditions, added: [] } : undefined;
  }

  /** What conditions on several inputs say of one of them. */
  private addImplied(input: Operator, conditions: readonly Expr[]): void {
    for (const condition of conditions) {
      const implied = impliedFor(condition, input.tables);
      if (implied !== undefined && input.computes(implied)) input.addCondition(implied);
    }
  }

  /** The first input that a condition connects with what is joined already, else the first. */
  private nextInput(
    joined: Operator,
    waiting: readonly Operator[],
    conditions: readonly Expr[],
    inputs: readonly Operator[],
  ): number {
    const index = waiting.findIndex((input) =>
      conditions.some(
        (c) => overlaps(tablesOf(c), input.tables) && this.isCovered(c, joined.tables | input.tables, inputs),
      ),
    );
    return Math.max(index, 0);
  }

  /** Gives each condition to the one input that it concerns; returns those that concern several. */
  private placeConditions(inputs: readonly Operator[], conditions: readonly Expr[]): Expr[] {
    return conditions.filter((condition) => {
      const input = inputs.find((i) => this.isCovered(condition, i.tables, inputs));
      if (input === undefined) return true;
      input.addCondition(this.planSubqueries(condition, input));
      return false;
    });
  }

  /** Tables of outer queries do not count. */
  private isCovered(condition: Expr, tables: TableSet, inputs: readonly Operator[]): boolean {
    const all = inputs.reduce((set, i) => set | i.tables, 0n);
    return isSubset(tablesOf(condition) & all, tables);
  }

  private mergeInner(
    left: Operator,
    right: Operator,
    connections: { conditions: readonly Expr[]; added: Expr[] } | undefined,
  ): RouteOp | undefined {
    if (connections === undefined || !(left instanceof RouteOp) || !(right instanceof RouteOp))
      return undefined;
    const merged = mergeTargets(left, right, connections.conditions, false);
    return (
      merged &&
      new RouteOp(
        this.context,
        left.tables | right.tables,
        [...left.from, ...right.from],
        [...left.where, ...right.where, ...connections.added],
        left.keyspace ?? right.keyspace,
        merged.choice,
        [...left.vindexColumns, ...right.vindexColumns],
        [...left.tablesUsed, ...right.tablesUsed],
        merged.oneShardOnly,
      )
    );
  }

  private outerJoin(join: Join, on: readonly Expr[], above: Expr[]): Operator {
    const [keptTable, optionalTable] =
      join.type === 'right' ? [join.right, join.left] : [join.left, join.right];
    const keptConditions = takeCovered(above, tablesIn(keptTable));
    const kept = this.solve(this.inputs(keptTable, keptConditions), keptConditions);
    const optionalConditions: Expr[] = [];
    const optionalTables = tablesIn(optionalTable);
    if (above.some((condition) => rejectsNull(condition, optionalTables))) {
      // The condition drops the rows that the outer join would add: it is an inner join.
      const inputs = this.inputs(optionalTable, optionalConditions);
      return this.solve([kept, ...inputs], [...optionalConditions, ...on]);
    }
    const remaining = on.filter((condition) => {
      const tables = tablesOf(condition);
      if (tables === 0n || !isSubset(tables, optionalTables)) return true;
      optionalConditions.push(condition);
      return false;
    });
    const optional = this.solve(this.inputs(optionalTable, optionalConditions), optionalConditions);
    const both = this.mergeOuter(join, kept, optional, remaining);
    if (both !== undefined) return both;
    const joined = new JoinOp(this.context, kept, optional, true);
    for (const condition of remaining) joined.addJoinCondition(this.planSubqueries(condition, joined));
    return joined;
  }

  private mergeOuter(
    join: Join,
    kept: Operator,
    optional: Operator,
    on: readonly Expr[],
  ): RouteOp | undefined {
    if (!(kept instanceof RouteOp) || !(optional instanceof RouteOp)) return undefined;
    const merged = mergeTargets(kept, optional, on, true);
    if (merged === undefined) return undefined;
    const [keptElement, optionalElement] = [fromElement(kept), fromElement(optional)];
    const [left, right] =
      join.type === 'right' ? [optionalElement, keptElement] : [keptElement, optionalElement];
    const condition = conjunction([...on.map((c) => this.planSubqueries(c, undefined)), ...optional.where]);
    const bound: Join = {
      kind: 'join',
      type: join.type,
      natural: false,
      left,
      right,
      on: condition,
      using: [],
    };
    if (bound.on === undefined) bound.on = { kind: 'bool', value: true };
    return new RouteOp(
      this.context,
      kept.tables | optional.tables,
      [bound],
      kept.where,
      kept.keyspace ?? optional.keyspace,
      merged.choice,
      [...kept.vindexColumns, ...optional.vindexColumns.map((v) => ({ ...v, nullable: true }))],
      [...kept.tablesUsed, ...optional.tablesUsed],
      merged.oneShardOnly,
    );
  }

  private tableRoute(ref: BoundTable): RouteOp {
    const table = findTable(this.context.vschema, ref.keyspace, ref.name, this.context.tabletType);
    let choice: Choice;
    if (!table.keyspace.sharded) choice = { kind: 'unsharded' };
    else if (table.pinned !== undefined) {
      choice = { kind: 'destination', destination: { kind: 'keyspaceId', id: table.pinned } };
    } else choice = { kind: table.type === 'reference' ? 'reference' : 'scatter' };
    return new RouteOp(
      this.context,
      ref.bit,
      [ref],
      [],
      table.keyspace,
      choice,
      hintedVindexes(vindexColumnsOf(table, ref.bit, this.context.vschema), table, ref.hints),
      [`${table.keyspace.name}.${table.name}`],
      false,
    );
  }

  private derived(table: BoundDerived, conditions: Expr[]): Operator {
    if (table.lateral) {
      throw unsupported(
        'LATERAL over tables of a sharded keyspace',
        'write it as a join, or select one shard as an explicit target',
      );
    }
    let planned = this.routed(table.query);
    let inside = table.query;
    if (planned === undefined) {
      inside = moveConditionsInside(table, conditions);
      planned = this.routed(inside);
    }
    if (planned === undefined) return new DerivedOp(this.context, table, inside, this.buildQuery);
    const { target, query } = planned;
    const element = { ...table, query };
    this.context.replace(table, element);
    return new RouteOp(
      this.context,
      table.bit,
      [element],
      [],
      target.keyspace,
      // Where no row is read there may be one of a COUNT, the same on every shard.
      target.choice.kind === 'none' ? { kind: 'reference' } : target.choice,
      planned.vindexColumns(table.bit, table.columns),
      target.tablesUsed,
      target.oneShardOnly,
    );
  }

  /** The plan of a query that runs whole on its shards; undefined when the gate has work. */
  private routed(query: DerivedTable['query']): RoutedQuery | undefined {
    if (this.context.gathered.has(query)) return undefined;
    const routed = this.context.attempt(() => {
      const planned = this.planQuery(query);
      return planned.kind === 'route' ? planned : undefined;
    });
    if (routed === undefined) this.context.gathered.add(query);
    return routed;
  }

  private jsonTable(table: JsonTable & { bit: TableSet }): RouteOp {
    assert(table.bit !== undefined, 'tables are bound before they are planned');
    if (tablesOf(table.document) !== 0n) {
      throw unsupported(
        'JSON_TABLE over a column of a sharded table',
        'select one shard as an explicit target',
      );
    }
    return new RouteOp(this.context, table.bit, [table], [], undefined, { kind: 'reference' }, [], [], false);
  }
}

/** The conditions of a join, those that USING stands for included. */
function joinConditions(join: BoundJoin): Expr[] {
  return [...conjuncts(join.on).flatMap(factored), ...(join.implied ?? [])];
}

/** Takes out the conditions that concern only these tables. */
function takeCovered(conditions: Expr[], tables: TableSet): Expr[] {
  const isTaken = (condition: Expr): boolean => {
    const used = tablesOf(condition);
    return used !== 0n && isSubset(used, tables);
  };
  const taken = conditions.filter(isTaken);
  conditions.splice(0, conditions.length, ...conditions.filter((c) => !isTaken(c)));
  return taken;
}

/** The tables of a FROM element, not those inside derived tables. */
function tablesIn(table: TableExpr): TableSet {
  if (table.kind === 'join') return tablesIn(table.left) | tablesIn(table.right);
  return (table as BoundTable).bit;
}

/** True when a condition cannot hold for a row in which the columns of these tables are NULL. */
function rejectsNull(condition: Expr, tables: TableSet): boolean {
  const isOptional = (expr: Expr): boolean =>
    isBound(expr) && overlaps(expr.tables, tables) && isSubset(expr.tables, tables);
  switch (condition.kind) {
    case 'comparison':
      if (condition.op === '<=>' || condition.quantifier !== undefined) return false;
      return isOptional(condition.left) || isOptional(condition.right);
    case 'in':
    case 'like':
    case 'between':
      return !condition.not && isOptional(condition.operand) && condition.kind !== 'in'
        ? true
        : condition.kind === 'in' &&
            !condition.not &&
            condition.right.kind !== 'subquery' &&
            isOptional(condition.operand);
    case 'is':
      return condition.test === 'null' && condition.not && isOptional(condition.operand);
    default:
      return false;
  }
}
