import type { JsonObject } from '../../../lib/core/json.ts';

/** What the scripted model says in one answer. */
export type Block =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'tool_use';
      readonly id?: string;
      readonly name: string;
      readonly input: JsonObject;
    };

/** One answer of the scripted model: its blocks, and how it is given. */
export interface Turn {
  readonly blocks?: readonly Block[];
  /** Milliseconds before the answer begins. */
  readonly delayMs?: number;
  /** Token counts that replace the default ones. */
  readonly usage?: JsonObject;
  /** An HTTP status of 400 or more instead of an answer. */
  readonly error?: { readonly status: number; readonly type: string; readonly message: string };
}

/**
 * Answers for the conversations whose first user message contains `opening`: how an agent gets
 * turns of its own.
 */
interface Lane {
  readonly opening: string;
  readonly turns: readonly Turn[];
}

/**
 * Everything the scripted model will say. A conversation that has used up its turns gets the text
 * "Done.".
 */
export interface Script {
  readonly turns: readonly Turn[];
  readonly lanes?: readonly Lane[];
}

/** A turn that calls tools, all in one answer. */
export function calls(...uses: readonly (readonly [name: string, input: JsonObject])[]): Turn {
  return { blocks: uses.map(([name, input]) => ({ type: 'tool_use', name, input })) };
}

/** A turn that says `text` and ends. */
export function says(text: string): Turn {
  return { blocks: [{ type: 'text', text }] };
}

/** Hands out the turns of a script, one conversation at a time. */
export class TurnSource {
  readonly #lanes: { readonly opening: string; readonly turns: Turn[] }[];
  readonly #main: Turn[];

  constructor(script: Script) {
    this.#lanes = (script.lanes ?? []).map((lane) => ({
      opening: lane.opening,
      turns: [...lane.turns],
    }));
    this.#main = [...script.turns];
  }

  /** The lane that a conversation belongs to (`main` for the rest) and its next turn. */
  next(firstUserText: string): { readonly lane: string; readonly turn: Turn } {
    const lane = this.#lanes.find((candidate) => firstUserText.includes(candidate.opening));
    const turn = (lane?.turns ?? this.#main).shift() ?? says('Done.');
    return { lane: lane?.opening ?? 'main', turn };
  }
}
