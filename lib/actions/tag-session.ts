import { SESSION_TAGS } from '../features/session/table.ts';
import { WaymarkError } from '../core/errors.ts';
import { findSession, createNoSessionError, type Scope } from '../query/find-session.ts';
import { readSessionTags } from '../query/session-tags.ts';
import { isKnownSession } from '../store/sessions-table.ts';
import { sqliteDriver } from '../store/driver.ts';
import { openStore } from '../store/open-store.ts';
import { applyWrites } from '../store/sink.ts';
import { inTransaction } from '../store/transaction.ts';
import { queryStore } from '../query/store-view.ts';
import type { ActionContext } from './action-context.ts';

/** What a session is tagged with now. */
export interface TagResult {
  readonly session: string;
  readonly tags: readonly string[];
}

export interface TagRequest {
  /** An id, the beginning of one, or `last`. */
  readonly wanted: string;
  readonly scope: Scope;
  readonly tags: readonly string[];
}

const MAX_TAG_LENGTH = 64;

/** How long to wait for a batch of the worker. */
const WAIT_MS = 5_000;

/**
 * Puts tags on a session. One that it has already stays. @throws {@link WaymarkError} NOT_FOUND,
 * USAGE.
 */
export function tagSession(actionContext: ActionContext, request: TagRequest): Promise<TagResult> {
  const at = actionContext.clock();
  return changeTags(actionContext, request, (key) => ({ into: SESSION_TAGS, row: { ...key, at } }));
}

/**
 * Takes tags off a session. One that it has not is none. @throws {@link WaymarkError} NOT_FOUND,
 * USAGE.
 */
export function untagSession(
  actionContext: ActionContext,
  request: TagRequest,
): Promise<TagResult> {
  return changeTags(actionContext, request, (key) => ({ from: SESSION_TAGS, key }));
}

type TagChange = Parameters<typeof applyWrites>[1][number];

async function changeTags(
  { folder }: ActionContext,
  { wanted, scope, tags }: TagRequest,
  change: (key: { readonly session_id: string; readonly tag: string }) => TagChange,
): Promise<TagResult> {
  const clean = [...new Set(tags.map(cleanTag))];
  const session = await queryStore<string | undefined>(folder, undefined, (store) =>
    findSession(store, wanted, scope),
  );
  if (session === undefined) throw createNoSessionError(wanted);
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
    return { session, tags: (await readSessionTags(store, [session])).get(session) ?? [] };
  } finally {
    store.close();
  }
}

/** A tag is one word, so that it can be typed. */
function cleanTag(tag: string): string {
  const clean = tag.trim().toLowerCase();
  if (!/^[\p{L}\p{N}][\p{L}\p{M}\p{N}._/:-]*$/u.test(clean) || clean.length > MAX_TAG_LENGTH)
    throw new WaymarkError(
      'USAGE',
      `Cannot use the tag ${tag}: expected letters, digits and . _ / : -, at most ${MAX_TAG_LENGTH}`,
    );
  return clean;
}
