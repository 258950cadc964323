import { computeCommandShapes } from '../features/failure/command-shape.ts';
import type { Row } from '../store/database.ts';
import {
  knowledgeChannel,
  knowledgeNews,
  readKnowledge,
  readLastFailures,
  readTeamNames,
  type TeamNames,
} from '../store/postgres/knowledge.ts';
import { requirePostgresVersion } from '../store/postgres/migrate-postgres.ts';
import type { PostgresSession } from '../store/postgres/session.ts';
import { findLessons, type Lesson, type LessonFix } from './knowledge.ts';
import { nameCheck } from './name-free.ts';

/** What changed at the team since the last question. */
export interface SourceNews {
  /** Ids of failure patterns. */
  readonly ids: readonly string[];
  /** Whether everything else that came from the team holds no more. */
  readonly isWhole: boolean;
  /** Ask from here the next time. */
  readonly upTo: string;
  /** Whether there is more, which cannot be seen yet. */
  readonly isPending: boolean;
}

/** Where a machine hears of failures of others. */
export interface KnowledgeSource {
  /** @param after What an earlier call gave as `upTo`; `0` for everything. */
  news(after: string): Promise<SourceNews>;
  /** Rows of `team_patterns` for those of the patterns that are worth knowing. */
  rowsOf(ids: readonly string[]): Promise<readonly Row[]>;
  close(): Promise<void>;
}

/**
 * Asks PostgreSQL. @param heard Is called when the server notifies of news.
 * @throws {@link PostgresFault}, {@link WaymarkError}; the session is closed then.
 */
export async function postgresKnowledge(
  session: PostgresSession,
  host: string,
  clock: () => number,
  heard: () => void,
): Promise<KnowledgeSource> {
  try {
    await requirePostgresVersion(session);
    await session.listen(await knowledgeChannel(session), heard);
  } catch (error) {
    await session.close();
    throw error;
  }
  return {
    news: async (after) => ({ ...(await knowledgeNews(session, after)), isWhole: false }),
    rowsOf: async (ids) => lessonRows(session, ids, host, await readTeamNames(session, clock())),
    close: () => session.close(),
  };
}

/**
 * What others know of these patterns, as rows of `team_patterns`.
 * @param host The machine that learns; empty: nobody's rows are left out.
 */
export async function lessonRows(
  session: PostgresSession,
  ids: readonly string[],
  host: string,
  { names, aheadMs }: TeamNames,
): Promise<readonly Row[]> {
  const evidence = await readKnowledge(session, ids, host);
  const lessons = findLessons(evidence, { isNameFree: nameCheck(names), aheadMs });
  const commands = lessons.flatMap((lesson) => lesson.fixes.flatMap((fix) => shapes(lesson, fix)));
  const failedAt = new Map(
    (await readLastFailures(session, commands)).map((row) => [
      `${row['key']} ${row['exact']}`,
      Number(row['at']),
    ]),
  );
  const holds = (lesson: Lesson, fix: LessonFix): boolean =>
    shapes(lesson, fix).every(({ key, exact }) => (failedAt.get(`${key} ${exact}`) ?? 0) <= fix.at);
  return lessons.flatMap((lesson) => {
    const fix = lesson.fixes.find((one) => holds(lesson, one));
    return fix === undefined ? [] : [lesson.rowWith(fix)];
  });
}

function shapes({ tool }: Lesson, { text, isEdit }: LessonFix) {
  return isEdit ? [] : computeCommandShapes(tool, text);
}
