import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  GrowingTranscript,
  holdsCall,
  holdsResult,
} from '../../../../lib/actions/demo/growing-transcript.ts';
import { makeDemoHome } from '../../../../lib/actions/demo/demo-home.ts';
import { listHooksFor } from '../../../../lib/actions/demo/install-demo.ts';
import { loadRecording, RECORDINGS } from '../../../../lib/actions/demo/recording.ts';
import { HOOKS } from '../../../../lib/hook/manifest.ts';
import { makeRecovery } from '../../../support/recovery.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

const FILLINGS = {
  PROJECT: '/pro "ject"',
  SESSION: 's1',
  TRANSCRIPT: '/t/s1.jsonl',
  TRANSCRIPTS: '/t',
};

describe('loadRecording', () => {
  it.each(RECORDINGS)('fills every placeholder of the %s recording, quotes and all', (name) => {
    const recording = loadRecording('templates', name, FILLINGS);
    expect(recording.payloads.length).toBeGreaterThan(8);
    expect(recording.payloads[0]?.input).toMatchObject({
      session_id: 's1',
      cwd: '/pro "ject"',
      transcript_path: '/t/s1.jsonl',
    });
    expect(JSON.stringify(recording)).not.toMatch(/\$\{[A-Z]+\}/);
  });

  it('pauses for less than 15 seconds', () => {
    const pauses = RECORDINGS.flatMap(
      (name) => loadRecording('templates', name, FILLINGS).payloads,
    );
    expect(pauses.reduce((sum, { delayMs }) => sum + delayMs, 0)).toBeLessThan(15_000);
  });

  it('refuses a placeholder that it cannot fill', () => {
    expect(() => loadRecording('templates', 'first', { SESSION: 's1' })).toThrow(/Cannot fill/);
  });
});

describe('hooksFor', () => {
  const wired = HOOKS.map(({ event, name }) => ({
    event,
    name,
    command: `/bin/${name}`,
    args: [],
  }));
  const names = (event: string, tool?: string): readonly string[] =>
    listHooksFor(wired, event, tool).map(({ name }) => name);

  it('chooses by event, and by tool where the settings match one', () => {
    expect(names('Stop')).toEqual(['stop']);
    expect(names('PreToolUse', 'Bash')).toEqual(['prevent-failure']);
    expect(names('PreToolUse', 'Agent')).toEqual(['pre-tool-use']);
    expect(names('PreToolUse', 'Read')).toEqual([]);
    expect(names('PostToolUse')).toEqual([]);
  });
});

describe('GrowingTranscript', () => {
  const lines = ['a', 'b', 'c'].flatMap((id) => [
    { timestamp: 'old', message: { content: [{ type: 'tool_use', id }] } },
    { timestamp: 'old', message: { content: [{ type: 'tool_result', tool_use_id: id }] } },
  ]);

  it('writes line by line, each dated later than the one before', () => {
    const file = `${tempFolder()}/deep/t.jsonl`;
    const transcript = new GrowingTranscript(file, lines, () => 5_000);
    transcript.writeThrough(holdsCall('a'));
    expect(read(file)).toHaveLength(1);
    transcript.writeThrough(holdsResult('b'));
    expect(read(file)).toHaveLength(4);
    transcript.writeThrough(holdsCall('a'));
    expect(read(file)).toHaveLength(4);
    transcript.writeUntil(() => false);
    const times = read(file).map((line) => line.timestamp);
    expect(times).toEqual([0, 1, 2, 3, 4, 5].map((ms) => new Date(5_000 + ms).toISOString()));
  });

  it('stops before the first line that fits', () => {
    const file = `${tempFolder()}/t.jsonl`;
    new GrowingTranscript(file, lines, () => 1).writeUntil(holdsCall('b'));
    expect(read(file)).toHaveLength(2);
  });

  it('knows when the model gave the last answer that was written', () => {
    const answer = { type: 'assistant', message: { usage: { input_tokens: 3 }, content: [] } };
    const file = `${tempFolder()}/t.jsonl`;
    const transcript = new GrowingTranscript(file, [answer, { type: 'user' }], () => 5_000);
    expect(transcript.answeredAt).toBeUndefined();
    transcript.writeUntil(() => false);
    expect(transcript.answeredAt).toBe(5_000);
  });

  it('makes no file before it has a line', () => {
    const file = `${tempFolder()}/t.jsonl`;
    new GrowingTranscript(file, lines, () => 1).writeThrough(holdsCall('z'));
    expect(existsSync(file)).toBe(false);
  });
});

describe('makeDemoHome', () => {
  it('gives hooks nothing of the real environment but the path, and goes away whole', () => {
    const home = makeDemoHome('/usr/bin');
    expect(Object.keys(home.environment).sort()).toEqual([
      'HOME',
      'PATH',
      'WAYMARK_AUTOSTART',
      'WAYMARK_HOME',
      'WAYMARK_IDLE_EXIT',
      'XDG_RUNTIME_DIR',
    ]);
    const kept = makeRecovery(home.folder.recovery);
    home.remove();
    expect(existsSync(kept)).toBe(false);
    expect(existsSync(home.root)).toBe(false);
  });
});

function read(file: string): readonly { readonly timestamp: string }[] {
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}
