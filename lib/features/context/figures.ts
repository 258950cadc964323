import type { ModelWindows } from '../../claude/model-windows.ts';
import { numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import {
  countCompactions,
  hasHeldMore,
  lastModel,
  latestCompaction,
  latestSample,
  seenWindow,
  startedModel,
} from './table.ts';
import { contextWindow, percentOf, type WindowClues, type WindowSource } from './window.ts';

/** How full a context was at one answer, or after one compaction. */
export interface ContextFigures {
  /** What the model was given: input and cache, without its answer. `null` after a compaction that did not say what it left, until the next answer. */
  readonly tokens: number | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly model: string | null;
  /** Tokens; `null` while the window of this model is unknown. */
  readonly window: number | null;
  readonly windowSource: WindowSource | null;
  /** 0 to 100 with one decimal; `null` without a window or tokens. */
  readonly percent: number | null;
}

/** A point in the life of a context. */
export interface ContextSample {
  /** `null` after a compaction that did not say what it left. */
  readonly tokens: number | null;
  readonly at: number;
  /** `null` after a compaction, and where no answer named one. */
  readonly model: string | null;
}

/** How full the context of a session is now, or `undefined` before its first answer. Every figure that waymark shows comes from here. */
export function contextFigures(
  database: Database,
  sessionId: string,
  configured: ModelWindows,
): ContextFigures | undefined {
  const row = latestSample(database, sessionId);
  return row === undefined
    ? undefined
    : figuresOf(sampleOf(row), windowClues(database, sessionId, configured));
}

/** The figures at any sample of a session. */
export function figuresOf(sample: ContextSample, clues: SessionClues): ContextFigures {
  const model = sample.model ?? clues.lastModel;
  const window = contextWindow(clues, model, sample.at);
  return {
    tokens: sample.tokens,
    at: sample.at,
    model: model ?? clues.started?.model ?? null,
    window: window?.tokens ?? null,
    windowSource: window?.source ?? null,
    percent:
      window === undefined || sample.tokens === null
        ? null
        : percentOf(sample.tokens, window.tokens),
  };
}

/** What is left after the latest compaction of a session, and how many there were. */
export function lastCompaction(
  database: Database,
  sessionId: string,
): { readonly epoch: number; readonly sample: ContextSample | undefined } {
  const row = latestCompaction(database, sessionId);
  return {
    epoch: countCompactions(database, sessionId),
    sample: row === undefined ? undefined : sampleOf(row),
  };
}

export interface SessionClues extends WindowClues {
  /** The model of the latest answer. */
  readonly lastModel: string | null;
}

/** The sources of a session's context window. */
export function windowClues(
  database: Database,
  sessionId: string,
  configured: ModelWindows,
): SessionClues {
  const seen = seenWindow(database, sessionId);
  const started = startedModel(database, sessionId);
  const modelOf = (row: Row): string => stringField(row, 'model') ?? '';
  return {
    seen:
      seen === undefined
        ? undefined
        : {
            model: modelOf(seen),
            tokens: numberField(seen, 'window') ?? 0,
            at: numberField(seen, 'at') ?? 0,
          },
    started:
      started === undefined
        ? undefined
        : { model: modelOf(started), at: numberField(started, 'model_at') ?? 0 },
    hasHeldMore: (model, tokens) => hasHeldMore(database, sessionId, model, tokens),
    configured,
    lastModel: lastModel(database, sessionId) ?? null,
  };
}

function sampleOf(row: Row): ContextSample {
  return {
    tokens: numberField(row, 'tokens') ?? null,
    at: numberField(row, 'at') ?? 0,
    model: stringField(row, 'model') ?? null,
  };
}
