import { readFile } from 'node:fs/promises';
import type { StaticUser } from '@vitess-ts/mysql';
import { Code, VtError } from '@vitess-ts/vterrors';

/**
 * Reads a file of `--mysql-auth-server-static-file`: `{"user": [{"Password" | "MysqlNativePassword", "UserData",
 * "Groups"}]}`, or one object in the place of the list. Rejects with INVALID_ARGUMENT that names what is wrong.
 */
export async function readStaticUsers(path: string): Promise<Record<string, StaticUser[]>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new VtError(
      Code.INVALID_ARGUMENT,
      `cannot read the users file ${path}: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
  return parseStaticUsers(text, path);
}

export function parseStaticUsers(text: string, path: string): Record<string, StaticUser[]> {
  const wrong = (why: string): VtError => new VtError(Code.INVALID_ARGUMENT, `users file ${path}: ${why}`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw wrong((error as Error).message);
  }
  if (!isObject(json)) throw wrong('it must be an object of users');
  const users = Object.entries(json).map(([user, value]): [string, StaticUser[]] => {
    const entries: unknown[] = Array.isArray(value) ? value : [value];
    return [user, entries.map((entry) => staticUser(user, entry, wrong))];
  });
  return Object.fromEntries(users);
}

function staticUser(user: string, entry: unknown, wrong: (why: string) => VtError): StaticUser {
  if (!isObject(entry)) throw wrong(`an entry of user '${user}' is not an object`);
  const text = (name: string): string | undefined => {
    const value = entry[name];
    if (value !== undefined && typeof value !== 'string')
      throw wrong(`${name} of user '${user}' is not a string`);
    return value === '' ? undefined : value;
  };
  const groups = entry['Groups'] ?? [];
  if (!Array.isArray(groups) || !groups.every((g): g is string => typeof g === 'string')) {
    throw wrong(`Groups of user '${user}' is not a list of strings`);
  }
  return {
    password: text('Password'),
    nativePasswordHash: text('MysqlNativePassword'),
    username: text('UserData'),
    groups,
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
