import { calls, type Script, type Turn } from '../../support/claude-client/script.ts';

/** The small project of the recorded demo session: its total is a cent short, and nothing tests for it yet. */
export const DEMO_PROJECT: Readonly<Record<string, string>> = {
  'package.json':
    '{\n  "name": "invoice",\n  "type": "module",\n  "scripts": { "test": "node --test --test-reporter=spec" }\n}\n',
  'src/total.js': [
    'const cents = (amount) => Math.floor(amount * 100);',
    '',
    'export function total(lines) {',
    '  return lines.reduce((sum, line) => sum + cents(line.price * line.quantity), 0) / 100;',
    '}',
    '',
  ].join('\n'),
  'src/shipping.js':
    'export function shipping(weight) {\n  return Math.floor(weight * 1.15 * 100) / 100;\n}\n',
  'test/total.test.js': [
    "import assert from 'node:assert/strict';",
    "import { test } from 'node:test';",
    "import { total } from '../src/total.js';",
    '',
    "test('adds up whole prices', () => assert.equal(total([{ price: 2, quantity: 3 }]), 6));",
    '',
  ].join('\n'),
};

/** What the user types, in order. */
export const DEMO_PROMPTS = [
  'Some invoices come out a cent short, for example a single item at 4.35. Write a test that shows it, then fix it.',
  'Let an agent check whether anything else in src rounds the same way, and fix what it finds.',
  '/compact keep which files round money',
  'Sum up what changed since the last commit.',
];

/** What Claude does about it. The pauses are those of a quick reader, so that a replay looks like work. */
export function demoScript(project: string): Script {
  const lanes = [{ opening: 'Look through src', turns: agentTurns(project) }];
  return {
    turns: [...fixTurns(project), ...agentRoundTurns(project), ...closingTurns()].map(unhurried),
    lanes,
  };
}

function fixTurns(project: string): readonly Turn[] {
  const total = `${project}/src/total.js`;
  const roundingTest = [
    "import assert from 'node:assert/strict';",
    "import { test } from 'node:test';",
    "import { total } from '../src/total.js';",
    '',
    "test('keeps the last cent', () => assert.equal(total([{ price: 4.35, quantity: 1 }]), 4.35));",
    '',
  ].join('\n');
  return [
    calls(['Read', { file_path: total }]),
    calls(['Write', { file_path: `${project}/test/rounding.test.js`, content: roundingTest }]),
    calls(['Bash', { command: 'npm test', description: 'Run the tests' }]),
    calls([
      'Edit',
      {
        file_path: total,
        old_string: 'Math.floor(amount*100)',
        new_string: 'Math.round(amount * 100)',
      },
    ]),
    calls([
      'Edit',
      {
        file_path: total,
        old_string: 'Math.floor(amount * 100)',
        new_string: 'Math.round(amount * 100)',
      },
    ]),
    calls(['Bash', { command: 'npm test', description: 'Run the tests' }]),
    calls(
      [
        'Write',
        {
          file_path: `${project}/test/empty.test.js`,
          content: roundingTest.replace(
            /test\('.*/,
            "test('is zero without lines', () => assert.equal(total([]), 0));",
          ),
        },
      ],
      [
        'Write',
        {
          file_path: `${project}/CHANGELOG.md`,
          content:
            '# Changelog\n\n- Totals are rounded to the nearest cent instead of being cut off.\n',
        },
      ],
    ),
    said(
      'The total was cut off instead of rounded: 4.35 x 100 is 434.99… in floating point. It rounds now, and a test keeps it so.',
    ),
  ];
}

function agentRoundTurns(project: string): readonly Turn[] {
  const shipping = `${project}/src/shipping.js`;
  return [
    calls([
      'TaskCreate',
      {
        subject: 'Find other sums that are cut off',
        description: 'Look for Math.floor on money in src',
        activeForm: 'Looking for sums that are cut off',
      },
    ]),
    calls([
      'Agent',
      {
        description: 'Find cut-off sums',
        prompt:
          'Look through src for sums of money that are cut off instead of rounded. Name file and line.',
        subagent_type: 'general-purpose',
      },
    ]),
    calls(['Read', { file_path: shipping }]),
    calls(['Edit', { file_path: shipping, old_string: 'Math.floor', new_string: 'Math.round' }]),
    calls(['Bash', { command: 'npm test', description: 'Run the tests' }]),
    calls(['TaskUpdate', { taskId: '1', status: 'completed' }]),
    said('Shipping had the same fault; it rounds now as well. All tests pass.'),
    said(
      '<summary>Totals and shipping now round to the nearest cent. Money is rounded in src/total.js and src/shipping.js alone; test/rounding.test.js guards it.</summary>',
    ),
  ];
}

function closingTurns(): readonly Turn[] {
  return [
    calls([
      'Bash',
      { command: 'git status --short && git diff --stat', description: 'Show what changed' },
    ]),
    said(
      'Two source files round instead of cutting off, two tests are new, and the changelog says so.',
    ),
  ];
}

function agentTurns(project: string): readonly Turn[] {
  return [
    calls(['Bash', { command: 'grep -rn "Math.floor" src', description: 'Find cut-off sums' }]),
    calls([
      'Write',
      { file_path: `${project}/notes/rounding.txt`, content: 'src/shipping.js:2 cuts off\n' },
    ]),
    said('src/shipping.js line 2 cuts off with Math.floor. Nothing else does.'),
  ].map(unhurried);
}

function said(text: string): Turn {
  return { blocks: [{ type: 'text', text }] };
}

function unhurried(turn: Turn, index: number): Turn {
  return { ...turn, delayMs: 350 + ((index * 370) % 600) };
}
