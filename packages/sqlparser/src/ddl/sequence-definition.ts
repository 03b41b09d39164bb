import type { TableName } from '../ast';
import type { TableOption } from './definition-value';

/** CREATE SEQUENCE and ALTER SEQUENCE of MariaDB. Absent: not said; `null`: NO MINVALUE and the like. */
export interface SequenceDefinition {
  sequence: TableName;
  action: 'create' | 'alter';
  temporary: boolean;
  orReplace: boolean;
  /** IF NOT EXISTS, or IF EXISTS of ALTER. */
  conditional: boolean;
  start?: bigint;
  increment?: bigint;
  minValue?: bigint | null;
  maxValue?: bigint | null;
  cache?: bigint | null;
  cycle?: boolean;
  /** RESTART without a value is `true`. */
  restart?: bigint | true;
  options: TableOption[];
}
