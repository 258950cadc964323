import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { findRisks } from '../../lib/features/security/risk/find-risks.ts';
import { readCorpus } from './failure-corpus.ts';

/** A command, the rule that a person would want it to meet (`null`: none), and why. */
export interface RiskCase {
  readonly command: string;
  readonly rule: string | null;
  readonly why: string;
}

export interface JudgedCommand extends RiskCase {
  readonly found: readonly string[];
}

export function judgedCommands(): readonly JudgedCommand[] {
  const lines = readFileSync(resolve('test/fixtures/risky-commands.jsonl'), 'utf8')
    .trimEnd()
    .split('\n');
  return lines
    .map((line): RiskCase => JSON.parse(line))
    .map((one) => ({ ...one, found: rulesOf(one.command) }));
}

/** Commands of everyday work that were collected for another purpose, each once. */
export function everydayCommands(): ReadonlyArray<{
  readonly command: string;
  readonly found: readonly string[];
}> {
  const calls = readCorpus().flatMap(({ history, coming }) => [...history, coming]);
  const commands = new Set(
    calls.filter(({ tool }) => tool === undefined || tool === 'Bash').map(({ command }) => command),
  );
  return [...commands].map((command) => ({ command, found: rulesOf(command) }));
}

function rulesOf(command: string): readonly string[] {
  return findRisks(command).map(({ rule }) => rule);
}
