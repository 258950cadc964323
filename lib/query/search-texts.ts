import { titleRef } from '../search/documents.ts';
import { type Place, computeRef } from '../search/table.ts';
import { readTextAt, type WholeText } from '../search/line-text.ts';
import { numberField } from '../core/json.ts';
import type { Database, Row } from '../store/database.ts';
import { queryBuilder, runQuery } from './builder.ts';
import { readTextColumn } from './row.ts';

/** The text of a document. */
export interface HitTexts {
  /** What was said or called. */
  readonly main: string;
  readonly error: string | null;
  readonly tool: string | null;
  readonly outcome: string | null;
  /** Milliseconds since the epoch; `null` where the store does not know. */
  readonly at: number | null;
  /** Whole texts from the transcript, read when asked for. */
  readonly more: () => WholeText | undefined;
}

/**
 * A call that was running when it was indexed had the time at which a hook saw it. So these are
 * looked at first, then all.
 */
const EARLIER_MS = 15_000;
const LATER_MS = 2_000;

/** The texts of a document; `undefined` when its row is gone. */
export async function readHitTexts(
  store: Database,
  place: Place,
  archive: string,
): Promise<HitTexts | undefined> {
  if (place.kind === 'title') return titleOf(store, place);
  return place.kind === 'prompt' || place.kind === 'answer'
    ? messageOf(store, place, archive)
    : callOf(store, place, archive);
}

async function titleOf(store: Database, { session, ref }: Place): Promise<HitTexts | undefined> {
  const query = queryBuilder().selectFrom('sessions').select('title').where('id', '=', session);
  const title = readTextColumn((await runQuery(store, query))[0] ?? {}, 'title');
  return title === null || computeRef(titleRef(session, title)) !== ref
    ? undefined
    : createTexts({ text: title });
}

async function messageOf(
  store: Database,
  place: Place,
  archive: string,
): Promise<HitTexts | undefined> {
  const { at } = place;
  const messages = queryBuilder()
    .selectFrom('messages')
    .select(['id', 'text', 'at'])
    .where('session_id', '=', place.session);
  const timely = messages.where('at', '>=', at - EARLIER_MS).where('at', '<=', at + LATER_MS);
  const row =
    ofRef(await runQuery(store, timely), place.ref) ??
    ofRef(await runQuery(store, messages), place.ref);
  return row === undefined
    ? await loggedPrompt(store, place)
    : createTexts(row, moreOf(place, archive));
}

/** A prompt that is known from its hook only. */
async function loggedPrompt(store: Database, place: Place): Promise<HitTexts | undefined> {
  const query = queryBuilder()
    .selectFrom('session_log')
    .select(['id', 'detail as text', 'at'])
    .where('session_id', '=', place.session)
    .where('kind', '=', 'prompt_submitted');
  const row = ofRef(await runQuery(store, query), place.ref);
  return row === undefined ? undefined : createTexts(row);
}

async function callOf(
  store: Database,
  place: Place,
  archive: string,
): Promise<HitTexts | undefined> {
  const id = await callIdOf(store, place);
  if (id === undefined) return undefined;
  const query = queryBuilder()
    .selectFrom('operation_outcomes')
    .select(['tool', 'target', 'error', 'outcome', 'at'])
    .where('tool_use_id', '=', id);
  const row = (await runQuery(store, query))[0];
  if (row === undefined) return undefined;
  return {
    main: readTextColumn(row, 'target') || (readTextColumn(row, 'tool') ?? ''),
    error: readTextColumn(row, 'error'),
    tool: readTextColumn(row, 'tool'),
    outcome: readTextColumn(row, 'outcome'),
    at: numberField(row, 'at') ?? null,
    more: moreOf(place, archive),
  };
}

/** Calls are found by their time; those that no transcript has yet have none. */
async function callIdOf(store: Database, place: Place): Promise<string | undefined> {
  const { at } = place;
  const calls = queryBuilder()
    .selectFrom('operations')
    .select('tool_use_id as id')
    .where('session_id', '=', place.session);
  const timely = calls.where('at', '>=', at - EARLIER_MS).where('at', '<=', at + LATER_MS);
  const found =
    ofRef(await runQuery(store, timely), place.ref) ??
    ofRef(await runQuery(store, calls.where('at', 'is', null)), place.ref) ??
    ofRef(await runQuery(store, calls), place.ref);
  return found === undefined ? undefined : (readTextColumn(found, 'id') ?? undefined);
}

function ofRef(rows: readonly Row[], ref: number): Row | undefined {
  return rows.find((row) => computeRef(readTextColumn(row, 'id') ?? '') === ref);
}

function createTexts(row: Row, more: HitTexts['more'] = () => undefined): HitTexts {
  const [main, at] = [readTextColumn(row, 'text') ?? '', numberField(row, 'at') ?? null];
  return { main, error: null, tool: null, outcome: null, at, more };
}

function moreOf({ session, line, ref }: Place, archive: string): HitTexts['more'] {
  return () => (line === undefined ? undefined : readTextAt({ session, ...line }, ref, archive));
}
