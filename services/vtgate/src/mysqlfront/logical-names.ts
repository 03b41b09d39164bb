import type { Field } from '@vitess-ts/sqltypes';
import { SqlError } from '@vitess-ts/vterrors';

/** The schema of a keyspace on its servers is called so, unless the tablet is told otherwise. */
const PREFIX = 'vt_';

/** What is needed of the gateway. */
export interface KeyspaceNames {
  keyspaces(): readonly string[];
}

/** Puts keyspaces in the place of the schemas that the shards' servers have for them: clients know keyspaces only. */
export class LogicalNames {
  /** By identity, so that a header that is given again is the same array again and its encoding is reused. */
  private readonly headers = new WeakMap<readonly Field[], Field[]>();

  constructor(private readonly known: KeyspaceNames) {}

  fields(fields: Field[]): Field[] {
    if (!fields.some((f) => f.database.startsWith(PREFIX))) return fields;
    let logical = this.headers.get(fields);
    if (logical === undefined) {
      logical = fields.map((f) => ({ ...f, database: this.keyspaceOf(f.database) ?? f.database }));
      this.headers.set(fields, logical);
    }
    return logical;
  }

  /** What a server said, with its schema names as keyspaces; any other error as it is. */
  error(error: unknown): unknown {
    if (!(error instanceof SqlError)) return error;
    const message = this.text(error.message);
    if (message === error.message) return error;
    return new SqlError(error.errno, error.sqlstate, message, { cause: error, code: error.code });
  }

  /** A message of a server, with its schema names as keyspaces. */
  text(message: string): string {
    if (!message.includes(PREFIX)) return message;
    return message
      .replace(/(['`(\s])vt_([^\s.'`"]+)(?=`?\.)/g, (all, before: string, name: string) =>
        this.isKeyspace(name) ? `${before}${name}` : all,
      )
      .replace(
        /^(Unknown database|Can't (?:create|drop) database) 'vt_([^']+)'/,
        (all, text: string, name: string) => (this.isKeyspace(name) ? `${text} '${name}'` : all),
      );
  }

  private keyspaceOf(schema: string): string | undefined {
    const name = schema.slice(PREFIX.length);
    return schema.startsWith(PREFIX) && this.isKeyspace(name) ? name : undefined;
  }

  private isKeyspace(name: string): boolean {
    return this.known.keyspaces().includes(name);
  }
}
