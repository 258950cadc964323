import { calls, type Script, says, type Turn } from '../../support/claude-client/script.ts';

/** One session of the recording: what the user types, and what Claude does about it. */
export interface DemoSession {
  /** Beginning of the names of its files in `templates/demo/`. */
  readonly name: string;
  readonly prompts: readonly string[];
  readonly script: (project: string) => Script;
}

/**
 * The small project of the recording: two sums are cut off, and its tests are not called as one
 * would guess.
 */
export const DEMO_PROJECT: Readonly<Record<string, string>> = {
  'package.json':
    '{\n  "name": "invoices",\n  "type": "module",\n  "scripts": { "test": "node --test" }\n}\n',
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

/** A script that the project does not have, and what it has in its place. */
const GUESSED = 'npm run test:unit';
const RIGHT = 'npm test';

/** Tokens of a model with a window of 200,000: 86 %. */
const NEARLY_FULL = 172_400;

const runs = (command: string, description: string): Turn =>
  calls(['Bash', { command, description }]);

const rounds = (file: string, cut: string, rounded: string): Turn =>
  calls(['Edit', { file_path: file, old_string: cut, new_string: rounded }]);

/** What the model was given with each answer, as a long session has it. */
const holding = (tokens: number, turns: readonly Turn[]): readonly Turn[] =>
  turns.map((turn) => ({
    ...turn,
    usage: {
      input_tokens: 400,
      cache_creation_input_tokens: 2_000,
      cache_read_input_tokens: tokens - 2_400,
      output_tokens: 300,
    },
  }));

const FIRST: DemoSession = {
  name: 'first',
  prompts: ['Some invoices come out a cent short. Find out why and fix it.'],
  script: (project) => ({
    turns: [
      calls(['Read', { file_path: `${project}/src/total.js` }]),
      rounds(`${project}/src/total.js`, 'Math.floor(amount * 100)', 'Math.round(amount * 100)'),
      runs(GUESSED, 'Run the unit tests'),
      calls(['Read', { file_path: `${project}/package.json` }]),
      runs(RIGHT, 'Run the tests'),
      says('Totals were cut off instead of rounded. They are rounded now, and the tests pass.'),
    ].map(unhurried),
  }),
};

const SECOND: DemoSession = {
  name: 'second',
  prompts: [
    'Shipping has the same fault. Fix it there, too.',
    'Say so in the changelog.',
    '/compact',
  ],
  script: (project) => ({
    turns: [
      ...[
        calls(['Read', { file_path: `${project}/src/shipping.js` }]),
        rounds(
          `${project}/src/shipping.js`,
          'Math.floor(weight * 1.15 * 100)',
          'Math.round(weight * 1.15 * 100)',
        ),
        runs(GUESSED, 'Run the unit tests'),
        runs(RIGHT, 'Run the tests'),
      ],
      ...holding(NEARLY_FULL, [
        says('Shipping rounds now, too.'),
        calls([
          'TaskCreate',
          {
            subject: 'Write the changelog entry',
            description: 'Totals and shipping are rounded to the nearest cent',
            activeForm: 'Writing the changelog entry',
          },
        ]),
        calls([
          'Write',
          {
            file_path: `${project}/CHANGELOG.md`,
            content: '# Changelog\n\n- Totals and shipping are rounded to the nearest cent.\n',
          },
        ]),
        says('The changelog says so.'),
      ]),
      says('<summary>Totals and shipping are rounded to the nearest cent now.</summary>'),
    ].map(unhurried),
  }),
};

/** In the order in which they are played. */
export const DEMO_SESSIONS: readonly DemoSession[] = [FIRST, SECOND];

/** The pauses of a quick reader, so that a replay looks like work. */
function unhurried(turn: Turn, index: number): Turn {
  return { ...turn, delayMs: 350 + ((index * 370) % 600) };
}
