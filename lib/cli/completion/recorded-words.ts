import { existsSync, readdirSync } from 'node:fs';
import { oneLine } from '../../core/one-line.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { headOf } from '../../core/text.ts';
import { formatAgo } from '../../core/units.ts';
import type { Acting } from '../../actions/acting.ts';
import { projectName } from '../text/session-row.ts';
import { nakedId, shortIds } from '../text/short-ids.ts';
import type { Candidate } from './completion-table.ts';

/** Most that are offered of a kind. */
const MOST = 50;
const DOC_LIMIT = 60;

type Look = (acting: Acting) => Promise<ReadonlyArray<readonly [id: string, doc: string]>>;

/** What was recorded or set up, by kind. Nothing of the user's is run, and no worker is started. */
const LOOKS: Readonly<Record<string, Look>> = {
  sessions: lookForSessions,
  patterns: lookForPatterns,
  dead: lookForDead,
  schedules: lookForSchedules,
  workers: lookForWorkers,
  webhooks: lookForWebhooks,
  handlers: async ({ folder }) => handlersIn(folder),
  receivers: async (acting) => [...handlersIn(acting.folder), ...(await lookForWebhooks(acting))],
};

/**
 * Words of a kind that may come, the latest first. Ids are short, and whole where more of one is typed.
 * @param begun What is typed of it.
 */
export async function recordedWords(
  kind: string,
  begun: string,
  acting: Acting,
): Promise<readonly Candidate[]> {
  const found = (await LOOKS[kind]?.(acting)) ?? [];
  const isId = ['sessions', 'patterns'].includes(kind);
  const short = isId ? shortIds(found.map(([id]) => id)) : new Map<string, string>();
  return found.map(([id, doc]) => {
    const value = short.get(id) ?? id;
    return {
      value: begun.length > value.length ? id : value,
      doc: headOf(oneLine(doc), DOC_LIMIT),
    };
  });
}

async function lookForSessions({ folder, clock }: Acting): ReturnType<Look> {
  const [{ askStore }, { listSessions }] = await Promise.all([
    import('../../query/store-view.ts'),
    import('../../query/sessions.ts'),
  ]);
  const sessions = await askStore(folder, [], (database) =>
    listSessions(database, folder, { limit: MOST }),
  );
  const words = sessions.map(({ id, lastEventAt, project, lastPrompt }) => {
    const parts = [
      formatAgo(Date.parse(lastEventAt), clock()),
      projectName(project),
      lastPrompt ?? '',
    ];
    return [id, parts.filter((part) => part !== '').join('  ')] as const;
  });
  return [...words, ['last', 'the latest session of this folder']];
}

async function lookForPatterns({ folder }: Acting): ReturnType<Look> {
  const [{ askStore }, { listPatterns }] = await Promise.all([
    import('../../query/store-view.ts'),
    import('../../query/failures.ts'),
  ]);
  const patterns = await askStore(folder, [], (database) =>
    listPatterns(database, { limit: MOST }),
  );
  return patterns.map(({ pattern, command }) => [nakedId(pattern.id), command ?? '']);
}

async function lookForDead({ folder }: Acting): ReturnType<Look> {
  const { listLetters } = await import('../../query/any-letters.ts');
  const letters = await listLetters(folder, () => undefined);
  return letters.slice(0, MOST).map(({ summary: { id, reason } }) => [id, reason]);
}

async function lookForSchedules({ environment, folder, clock }: Acting): ReturnType<Look> {
  const [{ resolveConfig }, { listSchedules }] = await Promise.all([
    import('../../config/resolve.ts'),
    import('../../query/schedules.ts'),
  ]);
  const { values } = resolveConfig({ environment, userFile: folder.configFile });
  const found = await listSchedules(folder, values.schedules, clock(), () => undefined);
  return found.map(({ name, timing, type }) => [name, `${timing}  ${type}`]);
}

async function lookForWorkers({ folder, clock }: Acting): ReturnType<Look> {
  const { readQueueState } = await import('../../query/workers.ts');
  return readQueueState(folder, clock()).workers.map(({ id, pid, state }) => [
    id,
    `${state}${pid === null ? '' : `, pid ${pid}`}`,
  ]);
}

async function lookForWebhooks({ folder }: Acting): ReturnType<Look> {
  const { listWebhooks } = await import('../../query/webhooks.ts');
  return (await listWebhooks(folder)).rows.map(({ name, url }) => [name, url]);
}

/** By their files: asking a handler what it wants would run it. */
function handlersIn({ root }: StateFolder): Awaited<ReturnType<Look>> {
  const folder = `${root}/handlers`;
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => /^[A-Za-z0-9]/.test(name));
  return names.map((name) => [name.replace(/\.[^.]+$/, ''), name]);
}
