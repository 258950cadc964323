import { resolve } from 'node:path';
import { WaymarkError } from '../core/errors.ts';
import { requirePublicAddress } from './text/public-address.ts';
import type { CommandContext } from './command-context.ts';

/** Files with the passwords of `--from` and `--store`. */
export interface PasswordFileFlags {
  readonly fromPasswordFile?: string;
  readonly storePasswordFile?: string;
}

/** Makes the path of a password file absolute, if the command line names one. */
export function passwordFileOf(
  { cwd }: Pick<CommandContext, 'cwd'>,
  flags: PasswordFileFlags,
  name: keyof PasswordFileFlags,
): PasswordFileFlags {
  const file = flags[name];
  return file === undefined ? {} : { [name]: resolve(cwd, file) };
}

export interface AddressWish {
  /** What the command line says. */
  readonly given: string | undefined;
  /** The environment variable that is read without it. */
  readonly variable: 'WAYMARK_FROM_URL' | 'WAYMARK_STORE_URL';
  readonly flag: '--from' | '--store';
  /** What cannot be done without the address: a verb and its object. */
  readonly what: string;
}

/**
 * The address of a team's Redis or PostgreSQL, from the command line or the environment.
 * @throws {@link WaymarkError} USAGE without one, and for a password on the command line.
 */
export function feedAddress(
  { environment }: Pick<CommandContext, 'environment'>,
  { given, variable, flag, what }: AddressWish,
): string {
  if (given !== undefined) requirePublicAddress(given);
  const found = given ?? environment[variable] ?? '';
  if (found !== '') return found;
  throw new WaymarkError('USAGE', `Cannot ${what}: ${flag} is missing`, {
    remedy: `Give ${flag} URL, or set ${variable}.`,
  });
}
