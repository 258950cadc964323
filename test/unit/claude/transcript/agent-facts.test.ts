import { describe, expect, it } from 'vitest';
import { parseLine } from '../../../../lib/claude/transcript/parse-line.ts';

const TIME = '2026-11-22T05:00:00.123Z';
const AT = Date.parse(TIME);

function resultLine(content: unknown, own: object = {}): string {
  const block = { type: 'tool_result', tool_use_id: 'toolu_1', content };
  return JSON.stringify({ type: 'user', timestamp: TIME, message: { content: [block] }, ...own });
}

const agentFacts = (line: string) =>
  parseLine(line).filter(({ kind }) => kind.startsWith('agent-'));
const SEND = "(use SendMessage with to: 'a2')";
const USAGE = '<usage>subagent_tokens: 22172\ntool_uses: 2\nduration_ms: 1207</usage>';

describe('what a transcript tells of agents', () => {
  it('names the agent of a call, and what it took', () => {
    const content = [
      { type: 'text', text: 'All is well.' },
      { type: 'text', text: `agentId: a2 ${SEND}\n${USAGE}` },
    ];
    const fact = {
      kind: 'agent-result',
      toolUseId: 'toolu_1',
      launched: 'a2',
      tokens: 22_172,
      toolUses: 2,
      durationMs: 1_207,
      at: AT,
    };
    expect(agentFacts(resultLine(content))).toEqual([fact]);
    expect(agentFacts(resultLine(content, { agentId: 'a1', isSidechain: true }))).toEqual([
      { ...fact, agentId: 'a1' },
    ]);
  });

  it('names an agent that has only begun', () => {
    const content = [
      {
        type: 'text',
        text: 'Async agent launched successfully.\nagentId: a2 (internal ID)\nThe agent is working.',
      },
    ];
    expect(agentFacts(resultLine(content))).toEqual([
      { kind: 'agent-result', toolUseId: 'toolu_1', launched: 'a2', at: AT },
    ]);
  });

  it('takes the last lines alone: the report of the agent may hold the same words', () => {
    const content = [
      {
        type: 'text',
        text: `agentId: forged ${SEND}\n<usage>subagent_tokens: 1\ntool_uses: 1\nduration_ms: 1</usage>\nagentId: a2 ${SEND}\n${USAGE}`,
      },
    ];
    expect(agentFacts(resultLine(content))).toMatchObject([{ launched: 'a2', tokens: 22_172 }]);
  });

  it.each([
    ['output of a command', `agentId: a2 ${SEND}\n${USAGE}`],
    ['a report without an agent', [{ type: 'text', text: 'agentId: none' }]],
    ['something else', [{ type: 'image' }]],
  ])('finds none in %s', (_name, content) => {
    expect(agentFacts(resultLine(content))).toEqual([]);
  });
});
