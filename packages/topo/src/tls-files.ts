import { readFile } from 'node:fs/promises';
import { Code, VtError } from '@vitess-ts/vterrors';

/** Names of files in PEM; '' for none. */
export interface TlsFiles {
  ca: string;
  cert: string;
  key: string;
}

/** What the files hold. */
export interface TlsPem {
  /** Certificates of the authorities that vouch for the servers. */
  ca: Buffer;
  /** Our own certificate and its key, for servers that ask for one. */
  cert?: Buffer;
  key?: Buffer;
}

/**
 * Reads the files that flags `PREFIX-ca`, `PREFIX-cert` and `PREFIX-key` name; undefined when they name none.
 * INVALID_ARGUMENT when they do not go together or cannot be read.
 */
export async function readTlsFiles(
  server: string,
  prefix: string,
  { ca, cert, key }: TlsFiles,
): Promise<TlsPem | undefined> {
  if (ca === '' && cert === '' && key === '') return undefined;
  if (ca === '' || (cert === '') !== (key === '')) {
    throw new VtError(
      Code.INVALID_ARGUMENT,
      `TLS to ${server} needs ${prefix}-ca, and ${prefix}-cert and ${prefix}-key together or not at all`,
    );
  }
  return {
    ca: await readFlagFile(`${prefix}-ca`, ca),
    cert: cert === '' ? undefined : await readFlagFile(`${prefix}-cert`, cert),
    key: key === '' ? undefined : await readFlagFile(`${prefix}-key`, key),
  };
}

/** INVALID_ARGUMENT, with the flag, when the file cannot be read. */
export async function readFlagFile(flag: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new VtError(Code.INVALID_ARGUMENT, `${flag}: ${(error as Error).message}`, { cause: error });
  }
}
