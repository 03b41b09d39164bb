import type { TableDefinition } from '@vitess-ts/proto/tabletmanagerdata';

/** One line per table that is missing on a side or not created alike; the counter of auto_increment does not count. */
export function schemaDifferences(
  leftName: string,
  left: readonly TableDefinition[],
  rightName: string,
  right: readonly TableDefinition[],
): string[] {
  const rightTables = new Map(right.map((table) => [table.name, table]));
  const leftNames = new Set(left.map(({ name }) => name));
  const differences: string[] = [];
  for (const table of left) {
    const other = rightTables.get(table.name);
    if (!other)
      differences.push(`${leftName} has an extra table named ${table.name} that ${rightName} lacks`);
    else if (table.type !== other.type) {
      differences.push(
        `schemas differ on table type for ${table.name}: ${leftName} ${table.type}, ${rightName} ${other.type}`,
      );
    } else if (comparable(table.schema) !== comparable(other.schema)) {
      differences.push(
        `schemas differ on table ${table.name}:\n${leftName}: ${table.schema}\n${rightName}: ${other.schema}`,
      );
    }
  }
  for (const { name } of right) {
    if (!leftNames.has(name))
      differences.push(`${rightName} has an extra table named ${name} that ${leftName} lacks`);
  }
  return differences;
}

function comparable(schema: string): string {
  return schema.replace(/\s+AUTO_INCREMENT=\d+/i, '');
}
