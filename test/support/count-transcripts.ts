import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** What is in the transcripts below a folder. */
export interface Counted {
  readonly sessions: number;
  readonly prompts: number;
  readonly answers: number;
  readonly calls: number;
  readonly failures: number;
  readonly agents: number;
  readonly usage: number;
  readonly output: number;
}

/** How texts begin that nobody typed. */
const NOISE =
  /^\s*(?:<(?:local-command|command-|task-notification>|system-reminder>|bash-std)|\[Request interrupted)/;

/**
 * Counts what transcripts hold, by ids, with no code of the package in it: what an import makes of
 * them is compared with that. A call fails when its result is marked as an error and it ran.
 */
export function countTranscripts(folder: string): Counted {
  const [sessions, agents] = [new Set<string>(), new Set<string>()];
  const [prompts, answers, calls, failures] = [set(), set(), set(), set()];
  const output = new Map<string, number>();
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  for (const name of files.filter((file) => file.endsWith('.jsonl'))) {
    const isAgent = basename(name).startsWith('agent-');
    if (basename(name) === 'hooks.jsonl') continue; // beside the fixtures
    (isAgent ? agents : sessions).add(basename(name));
    for (const text of readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean)) {
      const line = JSON.parse(text);
      if (line.type !== 'user' && line.type !== 'assistant') continue;
      const content = line.message?.content ?? [];
      const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
      for (const block of blocks) {
        if (block.type === 'tool_use') calls.add(block.id);
        if (block.type === 'tool_result' && block.is_error && hasRun(line, block.content))
          failures.add(block.tool_use_id);
        if (
          block.type === 'text' &&
          line.type === 'assistant' &&
          line.message.model !== '<synthetic>'
        )
          answers.add(`${line.message.id} ${block.text}`);
      }
      const typed = blocks.filter(
        (block: { text?: string }) => block.text && !NOISE.test(block.text),
      );
      const isTyped = !isAgent && !line.isMeta && !line.isCompactSummary && !line.toolUseResult;
      if (
        line.type === 'user' &&
        isTyped &&
        typed.length > 0 &&
        blocks.every((block: { type: string }) => block.type !== 'tool_result')
      )
        prompts.add(`${line.timestamp} ${typed[0].text}`);
      const { usage, model, id } = line.message ?? {};
      if (line.type === 'assistant' && usage && model !== '<synthetic>') {
        const key = `${id} ${line.requestId}`;
        output.set(key, Math.max(output.get(key) ?? 0, usage.output_tokens));
      }
    }
  }
  return {
    ...{ sessions: sessions.size, prompts: prompts.size, answers: answers.size, calls: calls.size },
    ...{ failures: failures.size, agents: agents.size, usage: output.size },
    output: [...output.values()].reduce((sum, tokens) => sum + tokens, 0),
  };
}

/** Newer clients write down that a call was allowed. */
function hasRun(line: { permissionDecision?: { decision?: string } }, text: string): boolean {
  if (/^Exit code \d/.test(text)) return true;
  return line.permissionDecision?.decision === 'accept' && !text.startsWith('<tool_use_error>');
}

function set(): Set<string> {
  return new Set();
}
