export type { Comparator, ValueType } from './compare';
export { comparatorFor, isComparable } from './compare';
export type { GroupKey } from './group-key';
export { groupKeyFor, rowKey } from './group-key';
export type { Decimal } from './decimal';
export { compareDecimals, formatDecimal, parseDecimal } from './decimal';
export { formatDouble, parseDouble } from './double';
export * from './aggregate';
export * from './expr';
