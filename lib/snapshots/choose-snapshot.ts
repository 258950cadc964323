import { WaymarkError } from '../core/errors.ts';
import type { Snapshot } from './snapshot.ts';

/** Most ids that an error names. */
const MAX_NAMED = 5;

/**
 * Finds the snapshot that the user named.
 * @param known The earliest first.
 * @param wanted Its id or the beginning of one, the id of the event that it was taken for, or
 * `last`: the latest that no restore made.
 * @throws {@link WaymarkError} NOT_FOUND, or USAGE when several begin so.
 */
export function chooseSnapshot(known: readonly Snapshot[], wanted: string): Snapshot {
  if (wanted === 'last') {
    const last = known.findLast(({ cause }) => cause !== 'before-restore');
    if (last !== undefined) return last;
    throw notFound('this folder has none yet');
  }
  const exact = known.find(({ id, event }) => id === wanted || event === wanted);
  if (exact !== undefined && wanted !== '') return exact;
  const begin = known.filter(
    ({ id, event }) => id.startsWith(wanted) || event?.startsWith(wanted) === true,
  );
  const [first] = begin;
  if (first === undefined || wanted === '') throw notFound(`no id begins with ${wanted}`);
  if (begin.length === 1) return first;
  const ids = begin.slice(0, MAX_NAMED).map(({ id }) => id);
  throw new WaymarkError(
    'USAGE',
    `Cannot choose a checkpoint for ${wanted}: ${ids.join(', ')} begin with it`,
    { remedy: 'Give more of the id.' },
  );
}

function notFound(reason: string): WaymarkError {
  return new WaymarkError('NOT_FOUND', `Cannot find the checkpoint: ${reason}`, {
    remedy: '`waymark checkpoints` lists those with files.',
  });
}
