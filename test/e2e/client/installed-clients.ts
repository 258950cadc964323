import { execFileSync } from 'node:child_process';
import { basename, join } from 'node:path';

/** Version and path of each client that is to be tried; installs what is missing. */
export function installedClients(): readonly (readonly [version: string, binary: string])[] {
  const paths = execFileSync(process.execPath, [join(import.meta.dirname, 'install-client.mjs')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return paths
    .trim()
    .split('\n')
    .map((path) => [basename(join(path, '../../../..')), path] as const);
}
