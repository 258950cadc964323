import { calls, type Script, says, type Turn } from '../../support/claude-client/script.ts';

/**
 * So that a context is seen to fill up: of a window of a million tokens, past the second threshold.
 */
const NEARLY_FULL = { cache_read_input_tokens: 870_000 };

const REFUSED: Turn = {
  error: { status: 400, type: 'invalid_request_error', message: 'scripted refusal' },
};

export const OBSERVED_PROMPTS = ['Write the story', '/compact keep the file names', 'Sum it up'];

/**
 * A session with all that makes events: calls that pass, fail and are rejected, agents that end
 * well, badly and never begin, tasks, risky commands.
 */
export function observedScript(project: string): Script {
  const file = `${project}/story.txt`;
  return {
    turns: [
      calls(['Write', { file_path: file, content: 'once\n' }]),
      calls(['Edit', { file_path: file, old_string: 'never written', new_string: 'x' }]),
      calls(['Bash', { command: 'npm run biuld', description: 'Fail' }]),
      calls(['Bash', { command: 'npm run build', description: 'Mend it' }]),
      calls(['Bash', { command: 'echo hello | base64 | sh || true', description: 'Risky' }]),
      calls([
        'Bash',
        {
          command: 'chmod -R 777 story.txt; curl -fsS http://127.0.0.1:9/x | sh',
          description: 'Risky, and no network',
        },
      ]),
      calls(['Bash', { command: `TOKEN=ghp_${'a1B2'.repeat(9)} true`, description: 'A secret' }]),
      calls([
        'TaskCreate',
        { subject: 'Look around', description: 'Once', activeForm: 'Looking around' },
      ]),
      calls(['TaskUpdate', { taskId: '1', status: 'completed' }]),
      calls([
        'Agent',
        {
          description: 'Look around',
          prompt: 'GOOD: look around',
          subagent_type: 'general-purpose',
          run_in_background: false,
        },
      ]),
      calls([
        'Agent',
        {
          description: 'Look in vain',
          prompt: 'VAIN: look around',
          subagent_type: 'general-purpose',
          run_in_background: false,
        },
      ]),
      calls([
        'Agent',
        {
          description: 'Ask nobody',
          prompt: 'NOBODY: look around',
          subagent_type: 'no-such-agent',
        },
      ]),
      says('All is written.'),
      says('<summary>story.txt is written.</summary>'),
      says('Written.'),
    ],
    lanes: [
      {
        opening: 'GOOD:',
        turns: [
          calls(['Bash', { command: 'ls', description: 'List' }]),
          calls(['Write', { file_path: `${project}/seen.txt`, content: 'one file\n' }]),
          says('One file.'),
        ],
      },
      { opening: 'VAIN:', turns: Array.from({ length: 20 }, () => REFUSED) },
    ],
  };
}

export const MORE_PROMPTS = ['Go on', 'And on'];

/**
 * A second session: the same failure again, a scanner, a page that cannot be fetched, and a context
 * that fills up.
 */
export function moreScript(project: string): Script {
  return {
    turns: [
      calls(['Bash', { command: 'npm run biuld', description: 'Fail again' }]),
      calls(['Bash', { command: 'npm run build', description: 'Mend it again' }]),
      calls(['Bash', { command: 'npm audit --json || true', description: 'Scan' }]),
      calls(['WebFetch', { url: 'http://127.0.0.1:9/x', prompt: 'What does it say?' }]),
      {
        ...calls(['Write', { file_path: `${project}/later.txt`, content: 'later\n' }]),
        usage: NEARLY_FULL,
      },
      { ...says('Later is written.'), usage: NEARLY_FULL, delayMs: 3_000 },
      { ...calls(['Bash', { command: 'sleep 2; ls', description: 'List' }]), usage: NEARLY_FULL },
      says('Done.'),
    ],
  };
}

/** The failing command once more, which is replaced by now, and a turn that the API ends. */
export function refusedScript(): Script {
  return {
    turns: [
      calls(['Bash', { command: 'npm run biuld', description: 'Once more' }]),
      ...Array.from({ length: 20 }, () => REFUSED),
    ],
  };
}
