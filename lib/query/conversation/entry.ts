import type { BlockStub } from '../../claude/transcript/block-stub.ts';
import type { DiffLine } from '../../claude/transcript/edit-diff.ts';
import type { JsonObject } from '../../core/json.ts';

interface Placed {
  /** Milliseconds since the epoch; 0 where nothing tells it. */
  readonly at: number;
  /** 0: the main conversation; 1: an agent that it started; and so on. */
  readonly depth: number;
}

/** What came back of a call. */
export interface CallResult {
  readonly at: number;
  readonly outcome: 'ok' | 'failed' | 'rejected';
  readonly text: string;
}

/**
 * A tool call with what came back; `undefined` when nothing did, or when it came so late that an
 * entry of its own has it.
 */
export interface CallEntry extends Placed {
  readonly kind: 'call';
  readonly toolUseId: string;
  readonly tool: string;
  readonly target: string;
  readonly input: JsonObject;
  readonly diff: readonly DiffLine[];
  readonly result: CallResult | undefined;
  /** What worked after this failure. */
  readonly fix: string | undefined;
}

/**
 * One part of a session, read as a conversation. Every text is redacted and bounded; foreign all
 * the same.
 */
export type ConversationEntry =
  | (Placed & {
      readonly kind: 'prompt' | 'answer' | 'thought' | 'told' | 'note';
      readonly text: string;
    })
  | CallEntry
  | (Placed & {
      readonly kind: 'late-result';
      readonly toolUseId: string;
      readonly result: CallResult;
    })
  | (Placed & { readonly kind: 'compaction' })
  /** An agent begins or ends; what is between the two is its own. */
  | (Placed & {
      readonly kind: 'agent-start' | 'agent-end';
      readonly agentId: string;
      readonly type: string | null;
    })
  /** Pictures have themselves while those before them leave room. */
  | (Placed & BlockStub)
  /** Lines of a transcript that were too long to read, or damaged. */
  | (Placed & { readonly kind: 'unread'; readonly count: number });
