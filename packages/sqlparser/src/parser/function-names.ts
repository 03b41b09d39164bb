import type { AggregateName } from '../ast';

export const aggregateNames: ReadonlySet<string> = new Set<AggregateName>([
  'any_value',
  'avg',
  'bit_and',
  'bit_or',
  'bit_xor',
  'count',
  'group_concat',
  'json_arrayagg',
  'json_objectagg',
  'max',
  'min',
  'std',
  'stddev',
  'stddev_pop',
  'stddev_samp',
  'sum',
  'var_pop',
  'var_samp',
  'variance',
]);

export const windowNames: ReadonlySet<string> = new Set([
  'cume_dist',
  'dense_rank',
  'first_value',
  'lag',
  'last_value',
  'lead',
  'nth_value',
  'ntile',
  'percent_rank',
  'rank',
  'row_number',
  'median',
  'percentile_cont',
  'percentile_disc',
]);

/** Functions whose arguments have a syntax of their own. */
export const specialNames: ReadonlySet<string> = new Set([
  'cast',
  'char',
  'convert',
  'extract',
  'get_format',
  'json_value',
  'mid',
  'position',
  'substr',
  'substring',
  'timestampadd',
  'timestampdiff',
  'trim',
  'weight_string',
]);

/** Reserved words that are functions before a parenthesis. */
export const reservedFunctions: ReadonlySet<string> = new Set([
  'IF',
  'LEFT',
  'RIGHT',
  'REPLACE',
  'INSERT',
  'MOD',
  'REPEAT',
  'CURRENT_DATE',
  'CURRENT_TIME',
  'CURRENT_TIMESTAMP',
  'CURRENT_USER',
  'LOCALTIME',
  'LOCALTIMESTAMP',
  'UTC_DATE',
  'UTC_TIME',
  'UTC_TIMESTAMP',
  'INTERVAL',
]);

/** Functions that may stand without parentheses. */
export const bareFunctions: ReadonlySet<string> = new Set([
  'CURRENT_DATE',
  'CURRENT_TIME',
  'CURRENT_TIMESTAMP',
  'CURRENT_USER',
  'CURRENT_ROLE',
  'LOCALTIME',
  'LOCALTIMESTAMP',
  'UTC_DATE',
  'UTC_TIME',
  'UTC_TIMESTAMP',
]);

/** Stands for an operator of CAST's operand: nobody evaluates a function of this name, so that it goes to the server. */
export const AT_TIME_ZONE = 'at time zone';
