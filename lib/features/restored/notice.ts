import { isJsonObject, type JsonObject, numberField, stringField } from '../../core/json.ts';
import { readView } from '../../core/read-view.ts';
import { makePrivateFolder } from '../../core/state-folder.ts';
import type { HookCall } from '../../hook/hook-call.ts';
import { createExclusive } from '../../hook/throttle.ts';
import { announcedMarkName, formatViewName } from './view-file.ts';

/** A restore that happened during a session, as in its view. */
export interface RestoreNotice {
  readonly id: string;
  readonly checkpoint: string;
  readonly written: number;
  readonly removed: number;
  /** The line for Claude, with all outside text quoted. */
  readonly text: string;
}

const taken = new WeakMap<HookCall, readonly RestoreNotice[]>();

/**
 * Returns restores that Claude does not know yet, and marks them as announced. Repeated calls for
 * one hook call return the same. Agents get none, because their changes are reported to the
 * conversation that started them.
 */
export function claimNotices(call: HookCall): readonly RestoreNotice[] {
  const known = taken.get(call) ?? (call.input.agentId === undefined ? findUnannounced(call) : []);
  taken.set(call, known);
  return known;
}

function findUnannounced({ folder, input, session }: HookCall): readonly RestoreNotice[] {
  const notices = noticesIn(`${folder.views}/${formatViewName(input.sessionId)}`);
  if (notices.length === 0) return [];
  makePrivateFolder(session.path);
  return notices.filter(({ id }) => createExclusive(`${session.path}/${announcedMarkName(id)}`));
}

function noticesIn(path: string): readonly RestoreNotice[] {
  const view = readView(path);
  const restores = view?.['format'] === 1 ? view['restores'] : [];
  return Array.isArray(restores) ? restores.filter(isJsonObject).flatMap(noticeIn) : [];
}

/** Checks the id, because it becomes a file name. */
function noticeIn(entry: JsonObject): readonly RestoreNotice[] {
  const id = stringField(entry, 'id') ?? '';
  const text = stringField(entry, 'text') ?? '';
  if (!/^\w+$/.test(id) || text === '') return [];
  const checkpoint = stringField(entry, 'checkpoint') ?? '';
  const [written, removed] = ['written', 'removed'].map((name) => numberField(entry, name) ?? 0);
  return [{ id, checkpoint, written: written ?? 0, removed: removed ?? 0, text }];
}
