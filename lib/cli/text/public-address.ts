import { WaymarkError } from '../../core/errors.ts';

/**
 * Refuses an address with a password: others can read the command line.
 * @throws {@link WaymarkError} USAGE
 */
export function requirePublicAddress(url: string): void {
  if (!/^[a-z]+:\/\/[^/@]*:[^/@]*@|[?&]password=/i.test(url)) return;
  throw new WaymarkError(
    'USAGE',
    'Cannot take a password from the command line, where others can read it',
    { remedy: 'Use a file that only you may read, or the environment: `waymark docs team`.' },
  );
}
