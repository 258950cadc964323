import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { forkTranscript } from '../../claude/transcript/fork-transcript.ts';
import { reasonOf, WaymarkError } from '../../core/errors.ts';
import { readPlainFile } from '../../core/read-plain-file.ts';
import { readSessionPlace } from '../../query/find-session.ts';
import { queryStore } from '../../query/store-view.ts';
import type { ActionContext } from '../action-context.ts';

/** A conversation that goes on from an earlier moment. */
export interface ForkedConversation {
  readonly session: string;
  /** Its transcript. */
  readonly path: string;
  /** The folder in which `claude --resume` finds it. */
  readonly folder: string | null;
}

const MAX_BYTES = 256 << 20;

/**
 * Writes a new session of Claude Code that ends at a moment of another one. That one stays as it
 * is.
 * @throws {@link WaymarkError} NOT_FOUND when its transcript is not there, RESTORE_FAILED.
 */
export async function forkConversation(
  { folder }: ActionContext,
  origin: { readonly session: string; readonly until: number },
): Promise<ForkedConversation> {
  const place = await queryStore(folder, undefined, (database) =>
    readSessionPlace(database, origin.session),
  );
  const from = place?.transcriptPath ?? undefined;
  const read = from === undefined ? undefined : readPlainFile(from, { maxBytes: MAX_BYTES });
  if (from === undefined || read === undefined)
    throw refusal(origin.session, 'its transcript is missing', 'NOT_FOUND');
  if ('problem' in read) throw refusal(origin.session, read.problem);
  const session = randomUUID();
  const text = forkTranscript(read.text, { session, until: origin.until });
  if (text === '')
    throw refusal(origin.session, 'nothing was said before the checkpoint', 'NOT_FOUND');
  const path = `${dirname(from)}/${session}.jsonl`;
  try {
    writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    throw refusal(origin.session, reasonOf(error));
  }
  return { session, path, folder: place?.project ?? null };
}

function refusal(
  session: string,
  reason: string,
  code: 'NOT_FOUND' | 'RESTORE_FAILED' = 'RESTORE_FAILED',
): WaymarkError {
  return new WaymarkError(code, `Cannot fork the conversation ${session}: ${reason}`, {
    remedy: 'Without --fork-conversation, only the files are restored.',
  });
}
