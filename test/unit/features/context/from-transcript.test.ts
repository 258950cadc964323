import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { computeContextFigures } from '../../../../lib/features/context/figures.ts';
import { readSessionTranscripts } from '../../../../lib/features/operation/read-session.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { contextHome, SESSION } from './context-home.ts';

const line = (value: object): string => `${JSON.stringify(value)}\n`;
const iso = (at: number): string => new Date(at).toISOString();

/** A line of one answer, as the client writes it. */
function answer(
  at: number,
  id: string,
  tokens: number,
  own: object = {},
  model = 'claude-sonnet-4-5-20250929',
): string {
  const usage = {
    input_tokens: 100,
    cache_creation_input_tokens: 1_000,
    cache_read_input_tokens: tokens - 1_100,
    output_tokens: 9_000,
  };
  return line({
    type: 'assistant',
    timestamp: iso(at),
    isSidechain: false,
    message: { id, model, role: 'assistant', content: [], usage },
    ...own,
  });
}

function compaction(at: number, postTokens?: number): string {
  return line({
    type: 'system',
    subtype: 'compact_boundary',
    uuid: `u${at}`,
    timestamp: iso(at),
    compactMetadata: { trigger: 'auto', preTokens: 190_000, postTokens },
  });
}

function scene(model?: string) {
  const home = contextHome();
  const path = join(tempFolder(), `${SESSION}.jsonl`);
  home.event('session.started', {
    transcript_path: path,
    ...(model === undefined ? {} : { model }),
  });
  const start = home.clock();
  const read = async (): Promise<string> => {
    for (let more = true; more; )
      ({ more } = await readSessionTranscripts(home.database, SESSION, { now: home.clock() }));
    const figures = computeContextFigures(home.database, SESSION, []);
    return figures === undefined
      ? 'nothing'
      : `${figures.tokens} of ${figures.window}: ${figures.percent}`;
  };
  return { ...home, path, start, read };
}

describe('contextFigures, from transcripts', () => {
  it('gives what the last answer was given, without what it said', async () => {
    const { path, start, read } = scene();
    writeFileSync(
      path,
      answer(start + 1, 'm1', 50_000) +
        answer(start + 2, 'm2', 82_000) +
        answer(start + 3, 'm2', 82_000),
    );
    expect(await read()).toBe('82000 of 200000: 41');
  });

  it('knows a million by the name of the model, and by the suffix that only the session start has', async () => {
    const large = scene();
    writeFileSync(large.path, answer(large.start + 1, 'm1', 120_500, {}, 'claude-opus-4-8'));
    expect(await large.read()).toBe('120500 of 1000000: 12');
    const suffixed = scene('claude-sonnet-4-5[1m]');
    writeFileSync(suffixed.path, answer(suffixed.start + 1, 'm1', 120_500));
    expect(await suffixed.read()).toBe('120500 of 1000000: 12');
  });

  it('assumes a million from an answer that 200k could not hold, also after a compaction', async () => {
    const { path, start, read } = scene();
    writeFileSync(path, answer(start + 1, 'm1', 250_000) + compaction(start + 2, 20_000));
    expect(await read()).toBe('20000 of 1000000: 2');
  });

  it('takes what a compaction left until there is a newer answer', async () => {
    const { path, start, read } = scene();
    writeFileSync(path, answer(start + 1, 'm1', 190_000) + compaction(start + 2, 4_000));
    expect(await read()).toBe('4000 of 200000: 2');
    appendFileSync(path, answer(start + 3, 'm2', 30_000));
    expect(await read()).toBe('30000 of 200000: 15');
  });

  it('leaves out agents, side chains, errors of the API and what the client made up', async () => {
    const { path, start, read } = scene();
    const agent = join(dirname(path), SESSION, 'subagents', 'agent-a1.jsonl');
    mkdirSync(dirname(agent), { recursive: true });
    writeFileSync(agent, answer(start + 9, 'm9', 150_000, { agentId: 'a1' }));
    writeFileSync(
      path,
      answer(start + 1, 'm1', 60_000) +
        answer(start + 2, 'm2', 150_000, { isSidechain: true }) +
        answer(start + 3, 'm3', 150_000, { isApiErrorMessage: true }) +
        answer(start + 4, 'm4', 150_000, {}, '<synthetic>'),
    );
    expect(await read()).toBe('60000 of 200000: 30');
  });

  it('leaves out what a fork copied, until its own first answer', async () => {
    const { path, start, read } = scene();
    writeFileSync(path, answer(start - 5_000, 'm1', 180_000));
    expect(await read()).toBe('nothing');
    appendFileSync(path, answer(start + 5, 'm2', 90_000));
    expect(await read()).toBe('90000 of 200000: 45');
  });

  it('knows the models of every provider, and the suffix that only the session start has', async () => {
    const bedrock = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
    const plain = scene();
    writeFileSync(plain.path, answer(plain.start + 1, 'm1', 100_000, {}, bedrock));
    expect(await plain.read()).toBe('100000 of 200000: 50');
    const suffixed = scene('claude-sonnet-4-5[1m]');
    writeFileSync(suffixed.path, answer(suffixed.start + 1, 'm1', 100_000, {}, bedrock));
    expect(await suffixed.read()).toBe('100000 of 1000000: 10');
  });

  it('knows no figure after a compaction that does not say what it left, until there is an answer', async () => {
    const { path, start, read } = scene();
    writeFileSync(path, answer(start + 1, 'm1', 190_000) + compaction(start + 2));
    expect(await read()).toBe('null of 200000: null');
    appendFileSync(path, answer(start + 3, 'm2', 30_000));
    expect(await read()).toBe('30000 of 200000: 15');
  });

  it('takes the last line, not the latest time, when the clock is set back', async () => {
    const { path, start, read } = scene();
    writeFileSync(
      path,
      answer(start + 9_000_000, 'm1', 50_000) + answer(start + 5_000, 'm2', 60_000),
    );
    expect(await read()).toBe('60000 of 200000: 30');
    appendFileSync(path, compaction(start + 4_000, 4_000));
    expect(await read()).toBe('4000 of 200000: 2');
    appendFileSync(path, answer(start - 9_000, 'm3', 10_000)); // before the session began
    expect(await read()).toBe('10000 of 200000: 5');
  });

  it('takes a line without a model for one of the model that was named last', async () => {
    const { path, start, read } = scene();
    const nameless = (at: number, id: string, tokens: number): string =>
      answer(at, id, tokens).replace('"model":"claude-sonnet-4-5-20250929",', '');
    writeFileSync(path, nameless(start + 1, 'm0', 20_000));
    expect(await read()).toBe('20000 of null: null');
    appendFileSync(path, answer(start + 2, 'm1', 50_000) + nameless(start + 3, 'm2', 60_000));
    expect(await read()).toBe('60000 of 200000: 30');
  });

  it('goes on where it was when a session is resumed', async () => {
    const home = scene();
    writeFileSync(home.path, answer(home.start + 1, 'm1', 100_000));
    await home.read();
    home.event('session.ended');
    home.advance(86_400_000);
    home.event('session.started', { reason: 'resume', transcript_path: home.path });
    expect(await home.read()).toBe('100000 of 200000: 50');
    appendFileSync(home.path, answer(home.clock(), 'm2', 110_000));
    expect(await home.read()).toBe('110000 of 200000: 55');
  });

  it('waits for the end of a half-written line, and passes over what a later version writes', async () => {
    const { path, start, read } = scene();
    const [head, tail] = [
      answer(start + 2, 'm2', 80_000).slice(0, 90),
      answer(start + 2, 'm2', 80_000).slice(90),
    ];
    const unknown = `${line({ type: 'assistant', timestamp: iso(start + 1), message: { v: 9, usage: 'many' } }) + line({ type: 'api-request', usage: {} })}usage: no JSON\n`;
    writeFileSync(path, unknown + head);
    expect(await read()).toBe('nothing');
    appendFileSync(path, tail);
    expect(await read()).toBe('80000 of 200000: 40');
  });

  it('knows nothing without a transcript, and keeps what it knew when that goes away', async () => {
    const { path, start, read } = scene();
    expect(await read()).toBe('nothing');
    writeFileSync(path, answer(start + 1, 'm1', 50_000));
    await read();
    rmSync(path);
    expect(await read()).toBe('50000 of 200000: 25');
  });

  it('finds the answers on both sides of a hole of two gigabytes', async () => {
    const { path, start, read } = scene();
    writeFileSync(path, answer(start + 1, 'm1', 50_000));
    const fd = openSync(path, 'r+');
    ftruncateSync(fd, 2 * 1024 ** 3);
    closeSync(fd);
    expect(await read()).toBe('50000 of 200000: 25');
    appendFileSync(path, `\n${answer(start + 2, 'm2', 60_000)}`);
    expect(await read()).toBe('60000 of 200000: 30');
  });
});
