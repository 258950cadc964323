import type { ModelWindows } from '../../claude/model-windows.ts';
import { numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import {
  countCompactions,
  hasHeldMore,
  readLastModel,
  readLatestCompaction,
  readLatestSample,
  readSeenWindow,
  readStartedModel,
} from './table.ts';
import {
  resolveContextWindow,
  computePercent,
  type WindowClues,
  type WindowSource,
} from './window.ts';

/** How full a context was at one answer, or after one compaction. */
export interface ContextFigures {
  /**
   * Input of the model: input and cache, without its answer. `null` after a compaction that did not
   * report what it left, until the next answer.
   */
  readonly tokens: number | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly model: string | null;
  /** Window size in tokens; `null` while the window of this model is unknown. */
  readonly window: number | null;
  readonly windowSource: WindowSource | null;
  /** 0 to 100 with one decimal; `null` without a window or tokens. */
  readonly percent: number | null;
}

/** The size of a context at one moment. */
export interface ContextSample {
  /** `null` after a compaction that did not report what it left. */
  readonly tokens: number | null;
  readonly at: number;
  /** `null` after a compaction, and if no answer named a model. */
  readonly model: string | null;
}

/**
 * Computes how full the context of a session is now; `undefined` before its first answer. Every
 * figure that waymark shows comes from here.
 */
export function computeContextFigures(
  database: Database,
  sessionId: string,
  configured: ModelWindows,
): ContextFigures | undefined {
  const row = readLatestSample(database, sessionId);
  return row === undefined
    ? undefined
    : computeFigures(sampleOf(row), readWindowClues(database, sessionId, configured));
}

/** Computes the figures for any sample of a session. */
export function computeFigures(sample: ContextSample, clues: SessionClues): ContextFigures {
  const model = sample.model ?? clues.lastModel;
  const window = resolveContextWindow(clues, model, sample.at);
  return {
    tokens: sample.tokens,
    at: sample.at,
    model: model ?? clues.started?.model ?? null,
    window: window?.tokens ?? null,
    windowSource: window?.source ?? null,
    percent:
      window === undefined || sample.tokens === null
        ? null
        : computePercent(sample.tokens, window.tokens),
  };
}

/** Returns what the latest compaction of a session left, and the number of compactions. */
export function computeLastCompaction(
  database: Database,
  sessionId: string,
): { readonly epoch: number; readonly sample: ContextSample | undefined } {
  const row = readLatestCompaction(database, sessionId);
  return {
    epoch: countCompactions(database, sessionId),
    sample: row === undefined ? undefined : sampleOf(row),
  };
}

export interface SessionClues extends WindowClues {
  /** The model of the latest answer. */
  readonly lastModel: string | null;
}

/** Reads everything that can tell the context window of a session. */
export function readWindowClues(
  database: Database,
  sessionId: string,
  configured: ModelWindows,
): SessionClues {
  const seen = readSeenWindow(database, sessionId);
  const started = readStartedModel(database, sessionId);
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
    lastModel: readLastModel(database, sessionId) ?? null,
  };
}

function sampleOf(row: Row): ContextSample {
  return {
    tokens: numberField(row, 'tokens') ?? null,
    at: numberField(row, 'at') ?? 0,
    model: stringField(row, 'model') ?? null,
  };
}
