/** What stands in the parentheses of a full column type, as `vschema.Column` has it. */
export interface ColumnTypeDetails {
  /** Length of text, precision of numbers and times; 0 when not given. */
  size: number;
  scale: number;
  /** Members of ENUM and SET, without quotes. */
  values: string[];
}

/** Reads `varchar(20)`, `decimal(10,2) unsigned`, `enum('a','it''s')`, as information_schema.COLUMNS writes them. */
export function columnTypeDetails(columnType: string): ColumnTypeDetails {
  const none: ColumnTypeDetails = { size: 0, scale: 0, values: [] };
  const match = /^(\w+)\((.*)\)/s.exec(columnType);
  if (match === null) return none;
  const [, name, inner] = match;
  if (/^(enum|set)$/i.test(name)) return { ...none, values: members(inner) };
  const numbers = /^(\d+)(?:,(\d+))?$/.exec(inner);
  return numbers === null ? none : { ...none, size: Number(numbers[1]), scale: Number(numbers[2] ?? 0) };
}

function members(list: string): string[] {
  return [...list.matchAll(/'((?:[^']|'')*)'/g)].map(([, text]) => text.replaceAll("''", "'"));
}
