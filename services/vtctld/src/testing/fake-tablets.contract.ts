import { tabletAliasString } from '@vitess-ts/proto';
import { TableDefinition } from '@vitess-ts/proto/tabletmanagerdata';
import { QueryResult } from '@vitess-ts/proto/query';
import type { Tablet } from '@vitess-ts/proto/topodata';
import { Code, VtError } from '@vitess-ts/vterrors';
import { managedCalls, type TabletManager } from '../tablet-manager';

/** One call that a fake tablet got. */
export interface RecordedCall {
  tablet: string;
  call: string;
  request: unknown;
}

/** Tablets that do what they are told, remember it, and fail where a test says so. */
export class FakeTablets {
  readonly calls: RecordedCall[] = [];
  /** By `alias call`, or `call` for all tablets: the error that it fails with. */
  readonly failures = new Map<string, Error>();
  /** By alias: the tables of its schema. */
  readonly tables = new Map<string, TableDefinition[]>();
  /** By `alias call`, or `call` for all tablets: what it answers instead of the usual. */
  readonly answers = new Map<string, unknown>();
  /** Runs before a call answers: what a tablet does to the topology, say. */
  onCall: (call: RecordedCall, tablet: Tablet) => Promise<void> = () => Promise.resolve();

  readonly manager: TabletManager = Object.fromEntries(
    managedCalls.map((call) => [
      call,
      (tablet: Tablet, request: unknown) => this.answer(call, tablet, request),
    ]),
  ) as unknown as TabletManager;

  /** The calls of one kind, as `alias: request` where the request is shown by `show`. */
  of(call: string, show: (request: never) => unknown = () => ''): string[] {
    return this.calls
      .filter((one) => one.call === call)
      .map(({ tablet, request }) => `${tablet}: ${String(show(request as never))}`);
  }

  private async answer(call: string, tablet: Tablet, request: unknown): Promise<unknown> {
    const alias = tabletAliasString(tablet.alias);
    const recorded = { tablet: alias, call, request };
    this.calls.push(recorded);
    const failure = this.failures.get(`${alias} ${call}`) ?? this.failures.get(call);
    if (failure) throw failure;
    await this.onCall(recorded, tablet);
    const given = this.answers.get(`${alias} ${call}`) ?? this.answers.get(call);
    if (given !== undefined) return given;
    switch (call) {
      case 'executeFetchAsDba':
      case 'executeFetchAsApp':
        return { result: QueryResult.create({ rowsAffected: 1n }) };
      case 'initPrimary':
      case 'primaryPosition':
        return { position: 'MariaDB/0-1-5' };
      case 'getSchema':
        return {
          schemaDefinition: {
            databaseSchema: 'create database vt_ks',
            tableDefinitions: this.tables.get(alias) ?? [],
          },
        };
      default:
        return {};
    }
  }
}

export const gone = (): VtError => new VtError(Code.UNAVAILABLE, 'connection refused');
