import { createRequire } from 'node:module';

/**
 * `require` for packages that are loaded only when they are needed. The build puts Node's own one in
 * its place where it writes CommonJS.
 */
export function packageLoader(): NodeJS.Require {
  return createRequire(import.meta.filename);
}
