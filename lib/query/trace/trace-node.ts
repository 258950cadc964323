import { isoTime } from '../../core/clock.ts';

export type TraceKind =
  | 'session'
  | 'correlation'
  | 'prompt'
  | 'call'
  | 'failure'
  | 'fix'
  | 'agent'
  | 'checkpoint'
  | 'warning'
  | 'event';

/** One step of a chain, as `trace --json` shows it. Field names are a contract. */
export interface TraceNode {
  readonly kind: TraceKind;
  /**
   * Of the session, the prompt, the call, the agent or the event; of a failure that of its pattern;
   * of a fix that of the call that worked.
   */
  readonly id: string | null;
  readonly at: string | null;
  /** A tool, a kind of agent, a type of event. */
  readonly label: string;
  readonly detail: string | null;
  /** Of a call or an agent: `ok`, `failed`, `rejected`, `running` or `stopped`. */
  readonly outcome: string | null;
  readonly durationMs: number | null;
  readonly tokens: number | null;
  readonly model: string | null;
  /** Of a checkpoint that has one: how Claude's last answer began, or what the user noted. */
  readonly note?: string;
  /** Ids of the events that this step was taken from. */
  readonly events: readonly string[];
  readonly children: readonly TraceNode[];
}

/** A step while the tree is put together. */
export interface Draft {
  readonly kind: TraceKind;
  readonly id: string | null;
  readonly label: string;
  /** Milliseconds since the epoch. */
  at?: number | undefined;
  detail?: string | undefined;
  outcome?: string | undefined;
  durationMs?: number | undefined;
  tokens?: number | undefined;
  model?: string | undefined;
  note?: string | undefined;
  readonly events: string[];
  readonly children: Draft[];
}

export function createDraft(
  kind: TraceKind,
  id: string | null,
  label: string,
  own: Partial<Omit<Draft, 'kind' | 'id' | 'label' | 'children'>> = {},
): Draft {
  return { kind, id, label, events: [], ...own, children: [] };
}

/** The finished tree: everything in the order of time, what has no time last. */
export function finishTree(draft: Draft): TraceNode {
  const { kind, id, at, label, detail, outcome, durationMs, tokens, model, note } = draft;
  const { events, children } = draft;
  return {
    ...{
      kind,
      id,
      at: at === undefined ? null : isoTime(at),
      label,
      detail: detail ?? null,
      outcome: outcome ?? null,
    },
    ...(note === undefined ? {} : { note }),
    ...{ durationMs: durationMs ?? null, tokens: tokens ?? null, model: model ?? null, events },
    children: [...children]
      .sort(
        (one, other) =>
          (one.at ?? Number.POSITIVE_INFINITY) - (other.at ?? Number.POSITIVE_INFINITY) || 0,
      )
      .map(finishTree),
  };
}

/**
 * What leads to one step, and everything that follows from it; `undefined` when it is not in the
 * tree.
 */
export function findPathTo(
  node: TraceNode,
  isWanted: (node: TraceNode) => boolean,
): TraceNode | undefined {
  if (isWanted(node)) return node;
  for (const child of node.children) {
    const found = findPathTo(child, isWanted);
    if (found !== undefined) return { ...node, children: [found] };
  }
  return undefined;
}
