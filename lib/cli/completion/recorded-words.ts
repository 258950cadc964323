import { existsSync, readdirSync } from 'node:fs';
import { oneLine } from '../../core/one-line.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { headOf } from '../../core/text.ts';
import { formatAgo } from '../../core/units.ts';
import type { ActionContext } from '../../actions/action-context.ts';
import { projectName } from '../text/session-row.ts';
import { shortPatternId, shortenIds } from '../text/short-ids.ts';
import type { Candidate } from './completion-table.ts';

/** Most that are offered of a kind. */
const MAX = 50;
const DOC_LIMIT = 60;

type Look = (
  actionContext: ActionContext,
) => Promise<ReadonlyArray<readonly [id: string, doc: string]>>;

/** What was recorded or set up, by kind. Nothing of the user's is run, and no worker is started. */
const LOOKS: Readonly<Record<string, Look>> = {
  sessions: lookForSessions,
  patterns: lookForPatterns,
  dead: lookForDead,
  schedules: lookForSchedules,
  workers: lookForWorkers,
  webhooks: lookForWebhooks,
  handlers: async ({ folder }) => handlersIn(folder),
  receivers: async (actionContext) => [
    ...handlersIn(actionContext.folder),
    ...(await lookForWebhooks(actionContext)),
  ],
};

/**
 * Words of a kind that may come, the latest first. Ids are short, and whole where more of one is
 * typed.
 * @param begun What is typed of it.
 */
export async function findRecordedWords(
  kind: string,
  begun: string,
  actionContext: ActionContext,
): Promise<readonly Candidate[]> {
  const found = (await LOOKS[kind]?.(actionContext)) ?? [];
  const isId = ['sessions', 'patterns'].includes(kind);
  const short = isId ? shortenIds(found.map(([id]) => id)) : new Map<string, string>();
  return found.map(([id, doc]) => {
    const value = short.get(id) ?? id;
    return {
      value: begun.length > value.length ? id : value,
      doc: headOf(oneLine(doc), DOC_LIMIT),
    };
  });
}

async function lookForSessions({ folder, clock }: ActionContext): ReturnType<Look> {
  const [{ queryStore }, { listSessions }] = await Promise.all([
    import('../../query/store-view.ts'),
    import('../../query/sessions.ts'),
  ]);
  const sessions = await queryStore(folder, [], (database) =>
    listSessions(database, folder, { limit: MAX }),
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

async function lookForPatterns({ folder }: ActionContext): ReturnType<Look> {
  const [{ queryStore }, { listPatterns }] = await Promise.all([
    import('../../query/store-view.ts'),
    import('../../query/failures.ts'),
  ]);
  const patterns = await queryStore(folder, [], (database) =>
    listPatterns(database, { limit: MAX }),
  );
  return patterns.map(({ pattern, command }) => [shortPatternId(pattern.id), command ?? '']);
}

async function lookForDead({ folder }: ActionContext): ReturnType<Look> {
  const { listAllDeadLetters } = await import('../../query/dead-letters.ts');
  const letters = await listAllDeadLetters(folder, () => undefined);
  return letters.slice(0, MAX).map(({ summary: { id, reason } }) => [id, reason]);
}

async function lookForSchedules({ environment, folder, clock }: ActionContext): ReturnType<Look> {
  const [{ resolveConfig }, { listSchedules }] = await Promise.all([
    import('../../config/resolve.ts'),
    import('../../query/schedules.ts'),
  ]);
  const { values } = resolveConfig({ environment, userFile: folder.configFile });
  const found = await listSchedules(folder, values.schedules, clock(), () => undefined);
  return found.map(({ name, timing, type }) => [name, `${timing}  ${type}`]);
}

async function lookForWorkers({ folder, clock }: ActionContext): ReturnType<Look> {
  const { readQueueState } = await import('../../query/workers.ts');
  return readQueueState(folder, clock()).workers.map(({ id, pid, state }) => [
    id,
    `${state}${pid === null ? '' : `, pid ${pid}`}`,
  ]);
}

async function lookForWebhooks({ folder }: ActionContext): ReturnType<Look> {
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
