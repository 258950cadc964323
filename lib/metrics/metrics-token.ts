import { randomBytes } from 'node:crypto';
import { reasonOf, WaymarkError } from '../core/errors.ts';
import { readPlainFile } from '../core/read-plain-file.ts';
import { replaceFile } from '../core/replace-file.ts';
import type { StateFolder } from '../core/state-folder.ts';

const MAX_BYTES = 4_096;
const MIN_CHARACTERS = 16;

/** Where the token is that a Prometheus reads `/metrics` with: its `credentials_file`. */
export function metricsTokenFile({ root }: Pick<StateFolder, 'root'>): string {
  return `${root}/metrics-token`;
}

/**
 * The token in that file, which only this user can read; makes one where there is none. It opens
 * `/metrics` and nothing else.
 * @throws {@link WaymarkError} CONFIG_INVALID for a file that holds no usable token, or cannot be
 * read or made.
 */
export function ensureMetricsToken(folder: Pick<StateFolder, 'root'>): string {
  const file = metricsTokenFile(folder);
  const found = readPlainFile(file, { maxBytes: MAX_BYTES });
  if (found === undefined) return makeToken(file);
  if ('problem' in found) throw unusable(file, found.problem);
  const token = found.text.trim();
  if (token.length < MIN_CHARACTERS)
    throw unusable(file, `it has fewer than ${MIN_CHARACTERS} characters`);
  if (!/^[!-~]+$/.test(token))
    throw unusable(file, 'it has other characters than letters, digits and signs');
  return token;
}

function makeToken(file: string): string {
  const token = randomBytes(32).toString('base64url');
  try {
    replaceFile(file, `${token}\n`, { mode: 0o600 });
  } catch (error) {
    throw unusable(file, reasonOf(error));
  }
  return token;
}

function unusable(file: string, reason: string): WaymarkError {
  return new WaymarkError('CONFIG_INVALID', `Cannot use the token in ${file}: ${reason}`, {
    remedy: 'Delete that file: the next start creates a new one.',
  });
}
