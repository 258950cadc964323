import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeContextFigures } from '../../../../lib/features/context/figures.ts';
import { readSessionTranscripts } from '../../../../lib/features/operation/read-session.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { contextHome, SESSION } from './context-home.ts';

const MODELS: ReadonlyArray<readonly [id: string, window: number]> = [
  ['claude-sonnet-4-5-20250929', 200_000],
  ['eu.anthropic.claude-haiku-4-5-20251001-v1:0', 200_000],
  ['anthropic/claude-opus-4.5', 200_000],
  ['claude-opus-4-8', 1_000_000],
];

/** One line of a session; `step`: how the clock went since the line before. */
const anyLine = fc.record({
  kind: fc.constantFrom('answer', 'answer', 'nameless', 'sidechain', 'synthetic', 'compaction'),
  tokens: fc.integer({ min: 1, max: 199_000 }),
  model: fc.integer({ min: 0, max: MODELS.length - 1 }),
  step: fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: -600_000, max: 0 })),
  isLeftUnsaid: fc.boolean(),
});
type Line = typeof anyLine extends fc.Arbitrary<infer Value> ? Value : never;

const modelOf = ({ model }: Line): string => MODELS[model]?.[0] ?? '';

function written(line: Line, id: string, at: number): string {
  const timestamp = new Date(at).toISOString();
  if (line.kind === 'compaction') {
    const compactMetadata = line.isLeftUnsaid ? {} : { postTokens: line.tokens };
    const own = { subtype: 'compact_boundary', uuid: id, compactMetadata };
    return `${JSON.stringify({ type: 'system', timestamp, ...own })}\n`;
  }
  const usage = {
    input_tokens: 0,
    cache_creation: { ephemeral_1h_input_tokens: line.tokens },
    ...(line.isLeftUnsaid ? {} : { cache_creation_input_tokens: line.tokens }),
  };
  const model = line.kind === 'synthetic' ? '<synthetic>' : modelOf(line);
  const named = line.kind === 'nameless' ? {} : { model };
  const message = { id, ...named, content: [], usage };
  const isSidechain = line.kind === 'sidechain';
  return `${JSON.stringify({ type: 'assistant', timestamp, isSidechain, message })}\n`;
}

interface Truth {
  readonly tokens: number | null;
  /** `undefined` when no line of the session itself names or repeats one. */
  readonly model: string | undefined;
}

/** By the lines alone: the last one that counts. */
function expected(copies: readonly Line[], own: readonly Line[]): Truth | undefined {
  const counts = ({ kind }: Line): boolean => kind !== 'sidechain' && kind !== 'synthetic';
  const named = copies.filter(({ kind }) => kind === 'answer').at(-1);
  let known = named === undefined ? undefined : modelOf(named);
  let answered: string | undefined;
  let last: Truth | undefined;
  for (const line of own.filter(counts)) {
    if (line.kind === 'answer') known = modelOf(line);
    if (line.kind !== 'compaction') answered = known;
    const isUnknown = line.kind === 'compaction' && line.isLeftUnsaid;
    last = { tokens: isUnknown ? null : line.tokens, model: answered };
  }
  return last;
}

const sessions = fc.record({
  copies: fc.array(anyLine, { maxLength: 5 }),
  // what comes first is an answer at the time of the hooks: only a line with a fact shows where the
  // copies end
  own: fc
    .array(anyLine, { maxLength: 12 })
    .map(([first, ...rest]): readonly Line[] =>
      first === undefined ? [] : [{ ...first, kind: 'answer' }, ...rest],
    ),
  reads: fc.integer({ min: 1, max: 4 }),
});

describe('contextFigures, from generated transcripts', () => {
  it('gives what the last line of the session itself says, whatever clocks, forks and interruptions did', async () => {
    await fc.assert(
      fc.asyncProperty(sessions, async ({ copies, own, reads }) => {
        const home = contextHome();
        const path = join(tempFolder(), `${SESSION}.jsonl`);
        home.event('session.started', { transcript_path: path });
        const start = home.clock();
        writeFileSync(
          path,
          copies
            .map((line, index) => written(line, `copy${index}`, start - 90_000 + index))
            .join(''),
        );
        let at = start;
        for (const [index, line] of own.entries()) {
          at = index === 0 ? start : at + line.step;
          appendFileSync(path, written(line, `own${index}`, at));
          if (index % reads === 0)
            await readSessionTranscripts(home.database, SESSION, { now: home.clock() });
        }
        await readSessionTranscripts(home.database, SESSION, { now: home.clock() });
        const figures = computeContextFigures(home.database, SESSION, []);
        const truth = expected(copies, own);
        expect(figures?.tokens).toBe(truth?.tokens);
        const window = MODELS.find(([id]) => id === truth?.model)?.[1];
        if (window !== undefined) expect(figures?.window).toBe(window);
      }),
      { numRuns: 60 },
    );
  });
});
