import { numberField, objectField, stringField } from '../../core/json.ts';
import { readView } from '../../core/read-view.ts';
import { makePrivateFolder } from '../../core/state-folder.ts';
import type { HookCall } from '../../hook/hook-call.ts';
import { createExclusive } from '../../hook/throttle.ts';
import { warnedMarkName } from './warned-mark.ts';

/** A threshold that Claude must be warned about now. */
export interface ContextWarning {
  readonly threshold: number;
  readonly epoch: number;
  readonly percent: number | undefined;
  /** The line for Claude, with all outside text quoted. */
  readonly text: string;
}

const taken = new WeakMap<HookCall, { readonly warning: ContextWarning | undefined }>();

/**
 * Returns the highest crossed threshold that was not announced yet, and marks it as announced;
 * `undefined` if there is none, or if another hook announces it. Repeated calls for one hook call
 * return the same. Agents get none, because they have their own context, which the view does not
 * describe.
 */
export function claimContextWarning(call: HookCall): ContextWarning | undefined {
  const known = taken.get(call) ?? {
    warning: call.input.agentId === undefined ? findUnannounced(call) : undefined,
  };
  taken.set(call, known);
  return known.warning;
}

function findUnannounced({ folder, input, session }: HookCall): ContextWarning | undefined {
  const view = readView(`${folder.views}/context/${input.sessionId}.json`) ?? {};
  const warning = objectField(view, 'warning');
  const threshold = numberField(warning, 'threshold');
  const text = stringField(warning, 'text');
  if (threshold === undefined || text === undefined) return undefined;
  const epoch = numberField(view, 'epoch') ?? 0;
  makePrivateFolder(session.path);
  return createExclusive(`${session.path}/${warnedMarkName(epoch, threshold)}`)
    ? { threshold, epoch, percent: numberField(view, 'percent'), text }
    : undefined;
}
