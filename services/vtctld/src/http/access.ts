import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { HttpError, type DebugRequest } from '@vitess-ts/servenv';
import { Code, VtError } from '@vitess-ts/vterrors';

/** What somebody may do. Each includes those before it. */
export const roles = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

export interface Caller {
  /** Empty when nobody has to log in. */
  name: string;
  role: Role;
}

export interface AccessOptions {
  /** Users by name; without them nobody logs in and everybody is an admin. */
  users?: ReadonlyMap<string, { password: string; role: Role }>;
  /** Everybody is a viewer. */
  readOnly?: boolean;
}

/** A page of another site can make a browser send a form here, but not with this header. */
const ownHeader = 'x-vitess-request';

/** Says who calls the HTTP API and what they may do. */
export class Access {
  constructor(private readonly options: AccessOptions = {}) {}

  /** Throws HttpError 401 when the request has no name and password that are known here (RFC 7617). */
  caller(request: DebugRequest): Caller {
    const known = this.identify(request);
    return this.options.readOnly ? { ...known, role: 'viewer' } : known;
  }

  /**
   * The caller, who may do what `role` may. Throws HttpError 401 for a stranger, 403 for somebody with a smaller role,
   * and 403 for a request that a page of another site may have made.
   */
  require(request: DebugRequest, role: Role): Caller {
    const caller = this.caller(request);
    if (request.method !== 'GET' && request.headers[ownHeader] === undefined) {
      throw new HttpError(403, `send the header ${ownHeader}, with any value, with a ${request.method}`);
    }
    if (roles.indexOf(caller.role) >= roles.indexOf(role)) return caller;
    const why = this.options.readOnly ? 'this vtctld is read-only' : `you are a ${caller.role}`;
    throw new HttpError(403, `this takes the role ${role}: ${why}`);
  }

  private identify(request: DebugRequest): Caller {
    const { users } = this.options;
    if (!users) return { name: '', role: 'admin' };
    const [scheme, encoded = ''] = (request.headers.authorization ?? '').split(' ');
    const text = scheme.toLowerCase() === 'basic' ? Buffer.from(encoded, 'base64').toString() : '';
    const colon = text.indexOf(':');
    const name = text.slice(0, Math.max(0, colon));
    const user = users.get(name);
    if (user && sameText(user.password, text.slice(colon + 1))) return { name, role: user.role };
    throw new HttpError(401, 'a name and a password are needed', {
      'www-authenticate': 'Basic realm="vtctld", charset="UTF-8"',
    });
  }
}

/** Takes the same time wherever two texts differ. */
function sameText(a: string, b: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}

/**
 * Reads `{"name": {"password": "...", "role": "viewer|operator|admin"}}`. A file that cannot be read or says anything
 * else: INVALID_ARGUMENT.
 */
export function readUsersFile(file: string): NonNullable<AccessOptions['users']> {
  const wrong = (why: string): VtError => new VtError(Code.INVALID_ARGUMENT, `users file ${file}: ${why}`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw wrong((error as Error).message);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw wrong('it is no object');
  const users = new Map<string, { password: string; role: Role }>();
  for (const [name, value] of Object.entries(parsed)) {
    const { password, role } = (value ?? {}) as { password?: unknown; role?: unknown };
    if (name === '' || name.includes(':')) throw wrong(`"${name}" can be no name`);
    if (typeof password !== 'string' || password === '') throw wrong(`${name} has no password`);
    if (!roles.some((known) => known === role)) throw wrong(`the role of ${name} is not ${roles.join(', ')}`);
    users.set(name, { password, role: role as Role });
  }
  return users;
}
