/**
 * The parts of node-sql-parser's tree that are read here (5.4.0; its own types lack most of them). Everything is
 * optional: what is missing is treated as absent.
 */
export interface NspNode {
  type?: string;
  value?: unknown;
  keyword?: string;
  name?: unknown;
  expr?: NspNode;
}

export interface NspColumnRef {
  type?: string;
  column?: string | { expr?: { value?: string } };
  suffix?: string;
  order_by?: string;
}

export interface NspTable {
  db?: string | null;
  table?: string;
}

export interface NspDefinition {
  resource?: string;
  // a column
  column?: NspColumnRef;
  definition?: NspType | NspColumnRef[];
  nullable?: { type?: string };
  auto_increment?: string;
  unique?: string;
  unique_or_primary?: string;
  primary_key?: string;
  comment?: { value?: { type?: string; value?: unknown } };
  collate?: { collate?: { name?: string } };
  character_set?: { value?: { value?: unknown } };
  default_val?: { value?: NspDefault };
  check?: { definition?: NspColumnRef[] };
  generated?: { storage_type?: string };
  // a key
  constraint_type?: string;
  constraint?: string;
  index?: string;
  keyword?: string;
  reference_definition?: { table?: NspTable[]; definition?: NspColumnRef[] };
}

export interface NspDefault extends NspNode {
  column?: NspColumnRef['column'];
}

export interface NspType {
  dataType?: string;
  length?: number;
  scale?: number;
  suffix?: unknown[] | null;
  expr?: { value?: NspNode[] };
}

export interface NspCreate {
  type?: string;
  keyword?: string;
  table?: NspTable[];
  create_definitions?: NspDefinition[];
}

export interface NspAlterAction extends NspDefinition {
  action?: string;
  type?: string;
  old_column?: NspColumnRef;
  table?: string | NspTable[];
  create_definitions?: NspDefinition;
}

export interface NspAlter {
  type?: string;
  table?: NspTable[];
  expr?: NspAlterAction[];
}
