import { resolve } from 'node:path';
import { realPathOr, type StateFolder } from '../core/state-folder.ts';
import type { Scope } from '../query/find-session.ts';
import type { Arguments, Fields } from './arguments.ts';

/** Where a server looks, and the clock by which it does. */
export interface ToolPlace {
  /** @throws HOME_UNUSABLE */
  readonly folder: () => StateFolder;
  /** The project that answers are about when a call names none. */
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** One tool. Each only reads. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly fields: Fields;
  answer(given: Arguments, place: ToolPlace): Promise<object>;
}

/** The folder that lists are about; `undefined` for all. */
export function resolveProject(given: Arguments, { cwd }: ToolPlace): string | undefined {
  if (given.flag('everywhere')) return undefined;
  return realPathOr(resolve(cwd, given.text('project') ?? '.'));
}

export function resolveScope(given: Arguments, place: ToolPlace): Scope {
  return given.flag('everywhere') ? 'any' : place;
}
