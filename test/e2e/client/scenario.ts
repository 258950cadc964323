import { calls, type Script, says } from '../../support/claude-client/script.ts';

/** A scripted session and what a truthful record of it says. */
export interface Scenario {
  readonly script: Script;
  /** `tool outcome` of every operation, sorted. */
  readonly operations: readonly string[];
  /** How many of them ran: these are counted. */
  readonly ran: number;
  readonly failed: number;
}

/** What is asked of an agent; it is how its conversation is known. */
const AGENT_PROMPT = 'AGENT: look around';

/**
 * Every kind of call: passing, failing, parallel, rejected before it ran, an agent with calls of
 * its own, and tools that are no operations.
 */
export function everyKindOfCall(project: string): Scenario {
  const file = `${project}/story.txt`;
  const parts = [1, 2, 3, 4, 5].map(
    (n) => ['Write', { file_path: `${project}/part ${n}.txt`, content: `${n}\n` }] as const,
  );
  const turns = [
    calls(['Write', { file_path: file, content: 'once\n' }]),
    calls(['Edit', { file_path: file, old_string: 'once', new_string: 'twice' }]),
    calls(['Bash', { command: 'echo broken >&2; exit 3', description: 'Fail' }]),
    calls(['Bash', { command: 'cat story.txt', description: 'Pass' }]),
    calls(...parts),
    calls(['Edit', { file_path: file, old_string: 'never written', new_string: 'x' }]),
    calls(['Read', { file_path: file }]),
    calls([
      'TaskCreate',
      { subject: 'Look around', description: 'Once', activeForm: 'Looking around' },
    ]),
    calls([
      'Agent',
      { description: 'Look around', prompt: AGENT_PROMPT, subagent_type: 'general-purpose' },
    ]),
    says('All is written.'),
  ];
  const agentTurns = [
    calls(['Bash', { command: 'ls', description: 'List' }]),
    calls(['Bash', { command: 'exit 4', description: 'Fail' }]),
    calls(['Write', { file_path: `${project}/seen.txt`, content: 'five parts\n' }]),
    calls(['Edit', { file_path: `${project}/seen.txt`, old_string: 'six parts', new_string: 'x' }]),
    says('Five parts.'),
  ];
  return {
    script: { turns, lanes: [{ opening: AGENT_PROMPT, turns: agentTurns }] },
    operations: sorted({
      'Agent ok': 1,
      'Bash failed': 2,
      'Bash ok': 2,
      'Edit ok': 1,
      'Edit rejected': 2,
      'Write ok': 7,
    }),
    ran: 13,
    failed: 2,
  };
}

/** A few more calls, for a session that goes on. */
export function fewMoreCalls(project: string): Scenario {
  const turns = [
    calls(['Bash', { command: 'exit 5', description: 'Fail' }]),
    calls(['Write', { file_path: `${project}/later.txt`, content: 'later\n' }]),
    says('Later is written.'),
  ];
  return {
    script: { turns },
    operations: sorted({ 'Bash failed': 1, 'Write ok': 1 }),
    ran: 2,
    failed: 1,
  };
}

/** Two scenarios one after the other, as one record. */
export function together(one: Scenario, other: Scenario): Omit<Scenario, 'script'> {
  return {
    operations: [...one.operations, ...other.operations].sort(),
    ran: one.ran + other.ran,
    failed: one.failed + other.failed,
  };
}

function sorted(counts: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(counts)
    .flatMap(([operation, count]) => Array.from({ length: count }, () => operation))
    .sort();
}

const OUTER_PROMPT = 'OUTER: look at every part';
const INNER_PROMPT = 'INNER: look deeper';

/**
 * What `waymark trace` is about: a failure and its fix, an agent, and an agent of that agent, each
 * with calls of its own. Wants a package.json with the script `total`.
 */
export function nestedAgents(): Script {
  return {
    turns: [
      calls(['Bash', { command: 'npm run --silent totl', description: 'Sum up' }]),
      calls(['Bash', { command: 'npm run --silent total', description: 'Sum up' }]),
      calls([
        'Agent',
        { description: 'Review the parts', prompt: OUTER_PROMPT, subagent_type: 'general-purpose' },
      ]),
      says('All is looked at.'),
    ],
    lanes: [
      {
        opening: INNER_PROMPT,
        turns: [
          calls(['Bash', { command: 'cat missing.txt', description: 'Show' }]),
          says('Nothing is there.'),
        ],
      },
      {
        opening: OUTER_PROMPT,
        turns: [
          calls(['Bash', { command: 'ls', description: 'List' }]),
          calls([
            'Agent',
            {
              description: 'Search deeper',
              prompt: INNER_PROMPT,
              subagent_type: 'general-purpose',
            },
          ]),
          says('Looked.'),
        ],
      },
    ],
  };
}
