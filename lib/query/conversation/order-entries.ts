import type { ConversationPart } from '../../claude/transcript/conversation-parts.ts';
import { stringField } from '../../core/json.ts';
import type { TranscriptOutcome } from '../../claude/transcript/result-outcome.ts';
import type { CallResult, ConversationEntry } from './entry.ts';

/** What the store knows of calls. */
export interface CallKnowledge {
  /** By call: what worked after it had failed. */
  readonly fixes: ReadonlyMap<string, string>;
  /** By call: the outcome that a hook saw. */
  readonly outcomes: ReadonlyMap<string, string>;
}

/** Entries that wait for the result of a call before them; more are not held back. */
const MAX_WAITING = 200;

interface Waiting {
  entry: ConversationEntry;
  /** The agent that this call started. */
  launched?: Launched;
  isDone: boolean;
}

/** An entry, and the agent whose conversation follows it. */
export interface Ordered {
  readonly entry: ConversationEntry;
  readonly launched?: Launched;
}

/** The agent that a call started, and of which kind it asked for one. */
export interface Launched {
  readonly agentId: string;
  readonly type: string | null;
}

/**
 * Parts of one transcript as entries in their order, each call with its result. A part that comes
 * twice counts once. Holds back at most {@link MAX_WAITING} entries, so a result that comes later
 * than that is an entry of its own.
 */
export function* orderEntries(
  parts: Iterable<ConversationPart>,
  { fixes, outcomes }: CallKnowledge,
  depth: number,
): Generator<Ordered> {
  const seen = new Set<string>();
  const waiting: Waiting[] = [];
  const calls = new Map<string, Waiting>();
  for (const part of parts) {
    const name = `${part.kind}:${part.id}`;
    if (seen.has(name)) continue;
    seen.add(name);
    if (part.kind === 'result') {
      const result = resultOf(part, outcomes);
      const call = calls.get(part.id);
      calls.delete(part.id);
      if (call?.entry.kind === 'call') {
        const diff = part.diff.length > 0 ? part.diff : call.entry.diff;
        const fix = result.outcome === 'ok' ? undefined : fixes.get(part.id);
        call.entry = { ...call.entry, diff, result, fix };
        if (part.launched !== undefined) {
          const type = stringField(call.entry.input, 'subagent_type') ?? null;
          call.launched = { agentId: part.launched, type };
        }
        call.isDone = true;
      } else if (seen.has(`call:${part.id}`)) {
        const { at, id: toolUseId } = part;
        waiting.push({
          entry: { kind: 'late-result', at, depth, toolUseId, result },
          isDone: true,
        });
      }
    } else {
      const one = waitingOf(part, depth);
      if (part.kind === 'call') calls.set(part.id, one);
      waiting.push(one);
    }
    while (waiting[0] !== undefined && (waiting[0].isDone || waiting.length > MAX_WAITING)) {
      const [first] = waiting.splice(0, 1);
      if (first === undefined) break;
      if (first.entry.kind === 'call') calls.delete(first.entry.toolUseId);
      yield orderedOf(first);
    }
  }
  yield* waiting.map(orderedOf);
}

function orderedOf({ entry, launched }: Waiting): Ordered {
  return launched === undefined ? { entry } : { entry, launched };
}

function waitingOf(part: Exclude<ConversationPart, { kind: 'result' }>, depth: number): Waiting {
  const { at } = part;
  switch (part.kind) {
    case 'call': {
      const { id, tool, target, input, diff } = part;
      const call = { toolUseId: id, tool, target, input, diff, result: undefined, fix: undefined };
      return { entry: { kind: 'call', at, depth, ...call }, isDone: false };
    }
    case 'compaction':
      return { entry: { kind: 'compaction', at, depth }, isDone: true };
    case 'image':
    case 'unknown': {
      const { id: _id, ...shown } = part;
      return { entry: { ...shown, depth }, isDone: true };
    }
    default:
      return { entry: { kind: part.kind, at, depth, text: part.text }, isDone: true };
  }
}

function resultOf(
  { id, at, outcome, text }: Extract<ConversationPart, { kind: 'result' }>,
  outcomes: ReadonlyMap<string, string>,
): CallResult {
  return { at, text, outcome: sureOutcome(outcome, outcomes.get(id)) };
}

/** Where the transcript cannot tell, the store can. */
function sureOutcome(outcome: TranscriptOutcome, known: string | undefined): CallResult['outcome'] {
  if (outcome !== 'unclear') return outcome;
  return known === 'failed' ? 'failed' : 'rejected';
}
