import { mkdirSync, writeFileSync } from 'node:fs';
import {
  type CommandShape,
  computeCommandShapes,
} from '../../lib/features/failure/command-shape.ts';
import type { FailureView, KnownPattern } from '../../lib/features/failure/known-pattern.ts';

/** A command that fails each time, and what works instead. */
export const FAILING = 'npm run biuld';
export const FIX = 'npm run build';
export const PATTERN_ID = 'pat_0123456789ab';

/**
 * What is known of {@link FAILING} once it failed in three sessions, an hour ago for the last time.
 */
export function failingPattern(changes: Partial<KnownPattern> = {}): KnownPattern {
  const at = Date.now() - 3_600_000;
  const { exact } = shapeOf('Bash', FAILING);
  return {
    id: PATTERN_ID,
    tool: 'Bash',
    error: 'npm error Missing script: <text>',
    kind: 'invocation',
    count: 3,
    sessions: 3,
    firstAt: at - 60_000,
    lastAt: at,
    lastError: 'npm error Missing script: "biuld"',
    lastCommand: FAILING,
    fix: { text: FIX, isEdit: false, count: 2, isWhole: true },
    action: 'warn',
    isSet: false,
    scope: 'global',
    projects: [],
    failed: [{ exact, at }],
    succeeded: [],
    successesSince: 0,
    ...changes,
  };
}

/** The first shape of a call: that of the whole. */
export function shapeOf(tool: string, target: string): CommandShape {
  const [shape] = computeCommandShapes(tool, target);
  if (shape === undefined) throw new Error(`Cannot look up ${target}: it has no shape`);
  return shape;
}

/** Writes the view of a shape, as the worker does. @returns its path. */
export function writeFailureView(
  views: string,
  { key, text }: CommandShape,
  patterns: readonly KnownPattern[],
): string {
  const view: FailureView = { format: 1, text, tool: 'Bash', patterns };
  const file = failureViewPath(views, key);
  mkdirSync(`${views}/failures/${key.slice(0, 2)}`, { recursive: true, mode: 0o700 });
  writeFileSync(file, JSON.stringify(view), { mode: 0o600 });
  return file;
}

export function failureViewPath(views: string, key: string): string {
  return `${views}/failures/${key.slice(0, 2)}/${key}.json`;
}
