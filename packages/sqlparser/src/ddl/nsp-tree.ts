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
}

export interface NspDefinition {
  resource?: string;
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
  create_definitions?: NspDefinition[];
}
