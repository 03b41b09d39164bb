import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome'];

/** Where a Chromium is; undefined when this machine has none. */
export function chromiumPath(): string | undefined {
  const path = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin'];
  return path.flatMap((dir) => names.map((name) => join(dir, name))).find((file) => existsSync(file));
}
