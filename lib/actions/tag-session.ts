import { SESSION_TAGS } from '../features/session/table.ts';
import { WaymarkError } from '../core/errors.ts';
import { findSession, type Scope } from '../query/find-session.ts';
import { tagsOf } from '../query/session-tags.ts';
import { isKnownSession } from '../store/sessions-table.ts';
import { sqliteDriver } from '../store/driver.ts';
import { openStore } from '../store/open-store.ts';
import { applyWrites } from '../store/sink.ts';
import { inTransaction } from '../store/transaction.ts';
import { askStore } from '../query/store-view.ts';
import type { Acting } from './acting.ts';

/** What a session is tagged with now. */
export interface Tagged {
  readonly session: string;
  readonly tags: readonly string[];
}

export interface TagRequest {
  /** An id, the beginning of one, or `last`. */
  readonly wanted: string;
  readonly scope: Scope;
  readonly tags: readonly string[];
}

const LONGEST_TAG = 64;

/** How long to wait for a batch of the worker. */
const WAIT_MS = 5_000;

/** Puts tags on a session. One that it has already stays. @throws {@link WaymarkError} NOT_FOUND, USAGE. */
export function tagSession(acting: Acting, request: TagRequest): Promise<Tagged> {
  const at = acting.clock();
  return changeTags(acting, request, (key) => ({ into: SESSION_TAGS, row: { ...key, at } }));
}

/** Takes tags off a session. One that it has not is none. @throws {@link WaymarkError} NOT_FOUND, USAGE. */
export function untagSession(acting: Acting, request: TagRequest): Promise<Tagged> {
  return changeTags(acting, request, (key) => ({ from: SESSION_TAGS, key }));
}

type TagChange = Parameters<typeof applyWrites>[1][number];

async function changeTags(
  { folder }: Acting,
  { wanted, scope, tags }: TagRequest,
  change: (key: { readonly session_id: string; readonly tag: string }) => TagChange,
): Promise<Tagged> {
  const clean = [...new Set(tags.map(cleanTag))];
  const session = await askStore<string | undefined>(folder, undefined, (store) =>
    findSession(store, wanted, scope),
  );
  if (session === undefined)
    throw new WaymarkError('NOT_FOUND', `Cannot find session ${wanted}: nothing was recorded yet`, {
      remedy: '`waymark doctor` shows whether the hooks are installed.',
    });
  const store = openStore(folder.store, sqliteDriver());
  try {
    const write = (): void => {
      if (!isKnownSession(store, session)) return; // forgotten meanwhile
      applyWrites(
        store,
        clean.map((tag) => change({ session_id: session, tag })),
      );
    };
    inTransaction(store, write, WAIT_MS);
    return { session, tags: (await tagsOf(store, [session])).get(session) ?? [] };
  } finally {
    store.close();
  }
}

/** A tag is one word, so that it can be typed. */
function cleanTag(tag: string): string {
  const clean = tag.trim().toLowerCase();
  if (!/^[\p{L}\p{N}][\p{L}\p{M}\p{N}._/:-]*$/u.test(clean) || clean.length > LONGEST_TAG)
    throw new WaymarkError(
      'USAGE',
      `Cannot use the tag ${tag}: expected letters, digits and . _ / : -, at most ${LONGEST_TAG}`,
    );
  return clean;
}
