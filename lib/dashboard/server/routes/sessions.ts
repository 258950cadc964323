import type { Context, Hono } from 'hono';
import { tagSession, untagSession } from '../../../actions/tag-session.ts';
import { WaymarkError } from '../../../core/errors.ts';
import type { JsonObject } from '../../../core/json.ts';
import { countRows } from '../../../query/builder.ts';
import { readConfiguredWindows } from '../../../query/context-figures.ts';
import { readConversationPart } from '../../../query/conversation/read-part.ts';
import { readConfiguredPrices, type Cost, readSessionCosts } from '../../../query/cost.ts';
import { findSession, createNoSessionError } from '../../../query/find-session.ts';
import { type SearchResult, searchSessions } from '../../../query/search.ts';
import { readSessionOverview, type SessionOverview } from '../../../query/session-overview.ts';
import { readSessionStates, type SessionState } from '../../../query/session-states.ts';
import { listSessions, type SessionSummary } from '../../../query/sessions.ts';
import { type KeptCheckpoint, listCheckpoints } from '../../../query/snapshots/list-checkpoints.ts';
import { queryStore } from '../../../query/store-view.ts';
import { bodyOf, countParameter, sendJson, textParameter } from '../answer.ts';
import type { DashboardPlace } from '../place.ts';

/** Sessions, latest first. */
export interface SessionsAnswer {
  readonly sessions: readonly SessionSummary[];
  /** By the ids of those sessions. */
  readonly costs: Readonly<Record<string, Cost>>;
  /** By the ids of those sessions. */
  readonly states: Readonly<Record<string, SessionState>>;
  /** All that are recorded. */
  readonly total: number;
}

/** Checkpoints of the files that a session worked on, latest first. */
export interface CheckpointsAnswer {
  readonly checkpoints: readonly KeptCheckpoint[];
}

export type { ConversationPartAnswer } from '../../../query/conversation/read-part.ts';
export type SearchAnswer = SearchResult;
export interface SessionAnswer extends SessionOverview {
  readonly state: SessionState | null;
}

/** The list of sessions, the search in all of them, and one session. */
export function addSessionRoutes(app: Hono, place: DashboardPlace): void {
  const { folder } = place;
  app.get('/api/sessions', async (context) => sendJson(context, await list(place, context), 400));
  app.get('/api/search', async (context) => sendJson(context, await search(place, context)));
  app.get('/api/sessions/:id', async (context) => {
    const [windows, prices] = [readConfiguredWindows(place), readConfiguredPrices(place)];
    const found = await ofSession<SessionAnswer>(place, context, async (database, id) => {
      const overview = await readSessionOverview(database, folder, id, windows, prices);
      const states = await readSessionStates(database, [id], { folder, now: place.clock() });
      return overview === undefined ? undefined : { ...overview, state: states.get(id) ?? null };
    });
    return sendJson(context, found);
  });
  app.get('/api/sessions/:id/conversation', async (context) => {
    const isEnd = textParameter(context, 'from') === 'end';
    const from = isEnd ? 'end' : countParameter(context, 'from', { most: 10_000_000, usual: 0 });
    const found = await ofSession(place, context, (database, id) =>
      readConversationPart(database, folder, id, { from, count: 200 }),
    );
    return sendJson(context, found, 20_000);
  });
  app.get('/api/sessions/:id/checkpoints', async (context) => {
    const session = context.req.param('id');
    const checkpoints = await listCheckpoints(atHome(place), { session, limit: 200 });
    return sendJson(context, { checkpoints } satisfies CheckpointsAnswer);
  });
  app.post('/api/sessions/:id/tags', async (context) => {
    const body = await bodyOf(context);
    const wanted = context.req.param('id');
    const request = { wanted, scope: 'any' as const };
    const added = await tagSession(place, { ...request, tags: textsOf(body, 'add') });
    const removed = textsOf(body, 'remove');
    const tagged =
      removed.length === 0 ? added : await untagSession(place, { ...request, tags: removed });
    return sendJson(context, tagged);
  });
}

async function list(place: DashboardPlace, context: Context): Promise<SessionsAnswer> {
  const { folder } = place;
  const limit = countParameter(context, 'limit', { least: 1, most: 500, usual: 50 });
  const offset = countParameter(context, 'offset', { most: 1_000_000, usual: 0 });
  const [project, tag] = [textParameter(context, 'project'), textParameter(context, 'tag')];
  const filter = {
    ...{ limit, offset },
    ...(project === undefined ? {} : { project }),
    ...(tag === undefined ? {} : { tag }),
  };
  const [windows, prices] = [readConfiguredWindows(place), readConfiguredPrices(place)];
  return await queryStore(
    folder,
    { sessions: [], costs: {}, states: {}, total: 0 },
    async (database) => {
      const sessions = await listSessions(database, folder, filter, windows);
      const ids = sessions.map(({ id }) => id);
      return {
        sessions,
        costs: Object.fromEntries(await readSessionCosts(database, ids, prices)),
        states: Object.fromEntries(
          await readSessionStates(database, ids, { folder, now: place.clock() }),
        ),
        total: await countRows(database, 'sessions'),
      };
    },
  );
}

async function search(place: DashboardPlace, context: Context): Promise<SearchAnswer> {
  const words = textParameter(context, 'q') ?? '';
  const session = textParameter(context, 'session');
  return await searchSessions(place.folder, words, {
    ...{ now: place.clock(), limit: 40, snippetLimit: 240 },
    ...(session === undefined ? {} : { session }),
  });
}

type Read<T> = (database: Parameters<typeof findSession>[0], id: string) => Promise<T | undefined>;

/** @throws {@link WaymarkError} NOT_FOUND, USAGE. */
async function ofSession<T>(place: DashboardPlace, context: Context, read: Read<T>): Promise<T> {
  const wanted = context.req.param('id') ?? '';
  const found = await queryStore<T | undefined>(place.folder, undefined, async (database) =>
    read(database, await findSession(database, wanted, 'any')),
  );
  if (found === undefined) throw createNoSessionError(wanted);
  return found;
}

/** Where no work tree is meant, the state folder does: it is there, and is none. */
function atHome(place: DashboardPlace) {
  return { ...place, cwd: place.folder.root };
}

function textsOf(body: JsonObject, name: string): readonly string[] {
  const value = body[name] ?? [];
  if (Array.isArray(value) && value.length <= 20) {
    const texts = value.filter((one): one is string => typeof one === 'string');
    if (texts.length === value.length) return texts;
  }
  throw new WaymarkError('USAGE', `Cannot read the change: ${name} is not a list of strings`);
}
