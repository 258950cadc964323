import { createRequire } from 'node:module';

/**
 * Returns a `require` for packages that are loaded on demand. Where the build writes CommonJS, it
 * inserts Node's own `require`.
 */
export function packageLoader(): NodeJS.Require {
  return createRequire(import.meta.filename);
}
