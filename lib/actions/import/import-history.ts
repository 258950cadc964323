import { readTextOrEmpty } from '../../core/files.ts';
import { readAppended } from '../../core/read-appended.ts';
import { type HistoryPrompt, parseHistoryLine } from '../../claude/history.ts';
import { parseStatsCache } from '../../claude/stats-cache.ts';
import { hasPromptAround, readKnownSession } from '../../features/backfill/table.ts';
import {
  BY_PROMPTS,
  createDayWrites,
  createPromptSessionWrite,
  resolveSessionOfPrompt,
} from '../../features/backfill/writes.ts';
import { MESSAGES } from '../../features/operation/table.ts';
import { isForgotten } from '../../store/forgotten.ts';
import { cursorWrite, loadCursor } from '../../store/cursors.ts';
import type { Database } from '../../store/database.ts';
import { applyWrites, type Write } from '../../store/sink.ts';
import { inTransaction } from '../../store/transaction.ts';
import type { SessionImportParts } from './import-session.ts';

/** The client writes a prompt to its history and to the transcript at nearly one time. */
const NEARLY_MS = 10_000;

const CHUNK = { chunkBytes: 256 << 10, lineBytes: 1 << 20 };

/**
 * Makes a session of prompts alone out of what `history.jsonl` has of each session that is not
 * known otherwise. Goes on from where the last reading stopped. @returns `false` when it was
 * stopped.
 */
export async function importHistory(
  path: string,
  isIgnored: (project: string) => boolean,
  { database, clock, onStore, onRead }: SessionImportParts,
): Promise<boolean> {
  for (;;) {
    const stored = loadCursor(database, { reader: 'history', path });
    const chunk = readAppended(path, stored?.cursor, CHUNK);
    if (chunk.state !== 'read') return true;
    const prompts = chunk.lines.flatMap((line) => parseHistoryLine(line) ?? []);
    const wanted = prompts.filter(({ project }) => !isIgnored(project));
    const skipped = (chunk.restarted ? 0 : (stored?.skipped ?? 0)) + chunk.skipped;
    await onStore(() =>
      inTransaction(database, () =>
        applyWrites(database, [
          ...wanted.flatMap((prompt) => promptWrites(database, prompt)),
          cursorWrite(
            { reader: 'history', path },
            { cursor: chunk.cursor, skipped, state: {} },
            clock(),
          ),
        ]),
      ),
    );
    if (!chunk.more) return true;
    if (!(await onRead(0))) return false;
  }
}

function promptWrites(database: Database, prompt: HistoryPrompt): readonly Write[] {
  const id = resolveSessionOfPrompt(prompt);
  if (isForgotten(database, id)) return [];
  const known = readKnownSession(database, id);
  if (known !== undefined && (known.isFromHooks || known.imported !== BY_PROMPTS)) return [];
  const { at, project, text, length } = prompt;
  if (
    prompt.sessionId === undefined &&
    hasPromptAround(database, project, at - NEARLY_MS, at + NEARLY_MS)
  )
    return [];
  const told = { role: 'prompt', at, agent_id: null, text, length };
  return [
    createPromptSessionWrite(id, prompt),
    { into: MESSAGES, row: { session_id: id, id: prompt.id, ...told } },
  ];
}

/** Keeps what the client's own statistics say of each day. */
export async function importStatistics(
  configFolder: string,
  path: string,
  { database, onStore }: SessionImportParts,
): Promise<void> {
  const days = parseStatsCache(readTextOrEmpty(path));
  await onStore(() =>
    inTransaction(database, () =>
      applyWrites(
        database,
        days.flatMap((day) => createDayWrites(configFolder, day)),
      ),
    ),
  );
}
