import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findFailedShape } from '../../../../lib/features/failure/blamed-command.ts';
import {
  type CommandShape,
  computeCommandShapes as allShapes,
  findProvenShapes as allProven,
} from '../../../../lib/features/failure/command-shape.ts';
import { commandLines } from './command-lines.ts';
import { isOpenText } from '../../../../lib/features/failure/open-shape.ts';

const closed = (shapes: readonly CommandShape[]): readonly CommandShape[] =>
  shapes.filter(({ text }, index) => index === 0 || !isOpenText(text));
const commandShapes = (...call: Parameters<typeof allShapes>): readonly CommandShape[] =>
  closed(allShapes(...call));
const provenShapes = (...call: Parameters<typeof allProven>): readonly CommandShape[] =>
  closed(allProven(...call));

const texts = (command: string): readonly string[] =>
  commandShapes('Bash', command).map(({ text }) => text);
const whole = (command: string): ReturnType<typeof findFailedShape> => {
  const [first] = commandShapes('Bash', command);
  if (first === undefined) throw new Error('Cannot happen: every call has a shape');
  return first;
};

describe('commandShapes', () => {
  it.each([
    ['npm run build', 'npm run build'],
    ['/usr/bin/git push -u origin main', 'git push -u origin main'],
    ['./scripts/run.sh src/a.ts', './run.sh <path>'],
    ['FOO=1 BAR="x y" npm test', 'npm test'],
    ['sudo -u web env A=1 timeout -k 5 60 npm ci', 'npm ci'],
    ['cat src/a.ts b.txt notes', 'cat <path> <path> <path>'],
    ['git commit -m "fix the cart"', 'git commit -m <text>'],
    ['git commit -m \'fix\' --author="A B"', 'git commit -m <text> --author=<text>'],
    ['git checkout 1a2b3c4d5e', 'git checkout <hash>'],
    ['git log --since=2026-11-01 -n 5', 'git log --since=<time> -n <n>'],
    ['docker run -p 8080:80 node:18-alpine', 'docker run -p <n> node:<n>-alpine'],
    ['kubectl logs api-7d9f8c6b5-x2x9z --tail=50', 'kubectl logs api-<hash>-<hash> --tail=<n>'],
    ['curl -s https://shop.example/a?b=1 -o /tmp/x', 'curl -s <path> -o <path>'],
    ['aws s3 ls', 'aws s3 ls'],
    ['npm install @shop/cart react@18.2.0', 'npm install @shop/cart react@<n>.<n>.<n>'],
    ['echo $HOME $(date) $HOME/bin', 'echo $HOME <text> <path>'],
    ['npm test 2>&1', 'npm test'],
    ["python3 - <<'EOF'\nprint(1)\nEOF", 'python3 - <<< <text>'],
    [
      'curl -H "Authorization: Bearer [redacted]" --token [redacted] https://x.example',
      'curl -H <text> --token <text> <path>',
    ],
    ['größe --weit 漢字', 'größe --weit 漢字'],
  ])('%s is %s', (command, text) => {
    expect(texts(command)).toEqual([text]);
  });

  it.each([
    ['cd web && npm run build', ['cd <path> && npm run build', 'npm run build']],
    ['npm test > out.log 2>/dev/null', ['npm test > <path>', 'npm test']],
    ['date > out.log', ['date > <path>']],
    [
      'git add -A && git commit -m "x"; npm test',
      [
        'git add -A && git commit -m <text>; npm test',
        'git add -A',
        'git commit -m <text>',
        'npm test',
      ],
    ],
    ['npm test 2>&1 | tail -20', ['npm test | tail -<n>', 'npm test']],
    ['(cd web; make)', ['( cd <path>; make )', 'make']],
    ['for f in *.ts; do tsc $f; done', ['for x in <text>; do tsc $f; done', 'tsc $f']],
    [
      'if test -d a; then make; else ninja; fi',
      ['if test -d a; then make; else ninja; fi', 'test -d a', 'make', 'ninja'],
    ],
    [
      'npm run dev & sleep 2; curl localhost',
      ['npm run dev & sleep <n>; curl localhost', 'npm run dev', 'curl localhost'],
    ],
    ['! grep -q x a.txt', ['! grep -q x <path>', 'grep -q x <path>']],
    ['echo a; cd b', ['echo a; cd <path>']],
  ])('takes apart: %s', (command, shapes) => {
    expect(texts(command)).toEqual(shapes);
  });

  it.each([
    'echo "never closed',
    "a 'b",
    'if then',
    '$(',
    '((',
    ')',
    '&&',
    '| x',
    'case',
    '<<',
    '\u0000',
    '…',
  ])('has a shape for what no shell takes: %j', (command) => {
    expect(commandShapes('Bash', command).length).toBeGreaterThan(0);
  });

  it('knows an edit by its file, whichever tool makes it', () => {
    const [edit, write, other] = ['Edit', 'Write', 'Read'].map(
      (tool) => commandShapes(tool, '/home/u/shop/a "b".ts')[0],
    );
    expect(edit).toMatchObject({ text: '/home/u/shop/a "b".ts', isGeneral: false, needle: '.ts' });
    expect(write?.key).toBe(edit?.key);
    expect(other?.key).not.toBe(edit?.key);
    expect(commandShapes('Edit', '/etc/hosts')[0]?.needle).toBe('hosts');
  });

  it('takes a cd to the project for no other command', () => {
    const [bare] = commandShapes('Bash', 'npm test');
    expect(
      commandShapes('Bash', 'cd /home/u/shop && npm test', '/home/u/shop').map(
        ({ exact }) => exact,
      ),
    ).toContain(bare?.exact);
    expect(
      commandShapes('Bash', 'cd web && npm test', '/home/u/shop').map(({ exact }) => exact),
    ).not.toContain(bare?.exact);
  });

  it.each([
    ['timeout 60 npm run tset', 'npm run tset'],
    ['time -p nice -n 5 make x', 'make x'],
    ['git commit -m "a b"', "git commit -m 'a b'"],
    ['eslint "src" --format="json"', 'eslint src --format=json'],
    [String.raw`psql -c "\dt"`, String.raw`psql -c '\dt'`],
  ])('takes %s for the command %s', (one, other) => {
    expect(whole(one).exact).toBe(whole(other).exact);
  });

  it.each([
    ['sudo make x', 'make x'],
    ['A=1 make x', 'make x'],
    ['source env.sh && make x', 'make x'],
    ['export A=1 && make x', 'make x'],
    ['echo "$HOME"', "echo '$HOME'"],
    ['echo "a \\$b"', "echo 'a \\$b'"],
  ])('takes %s for another command than %s', (one, other) => {
    const exacts = commandShapes('Bash', one).map(({ exact }) => exact);
    expect(exacts).not.toContain(whole(other).exact);
  });

  it('knows a command without variables and sudo in front', () => {
    const { exact } = whole('make x');
    expect(whole('A=1 B=2 make x').bare).toBe(exact);
    expect(whole('sudo -n make x').bare).toBe(exact);
    expect(whole('make x').bare).toBeUndefined();
  });

  it('leaves a folder that was entered in a subshell there', () => {
    const inner = commandShapes('Bash', '(cd web); npm test').find(
      ({ text }) => text === 'npm test',
    );
    expect(inner?.exact).toBe(whole('npm test').exact);
  });

  it('is the same with any white space between words', () => {
    const spaces = fc.array(fc.constantFrom(' ', '  ', '\t', ' \\\n '), {
      minLength: 3,
      maxLength: 3,
    });
    fc.assert(
      fc.property(spaces, ([a, b, c]) => {
        expect(whole(`git${a}push${b}-u${c}origin `)).toMatchObject({
          key: whole('git push -u origin').key,
          exact: whole('git push -u origin').exact,
        });
      }),
    );
  });

  it('has one key for calls that differ in paths, numbers, hashes, times and quoted texts alone', () => {
    const slots = fc.record({
      path: fc.stringMatching(/^(?:\.\.?\/|\/|~\/|[a-z]{1,8}\/)[A-Za-z][\w/.-]{0,20}$/),
      n: fc.nat().map(String),
      hash: fc.stringMatching(/^a[0-9a-f]{8,38}1$/),
      time: fc
        .date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true })
        .map((date) => date.toISOString()),
      text: fc.oneof(
        fc.stringMatching(/^"[^"\\$`\n]{0,30}"$/),
        fc.stringMatching(/^'[^'\n]{0,30}'$/),
      ),
    });
    const line = ({
      path,
      n,
      hash,
      time,
      text,
    }: Readonly<Record<'path' | 'n' | 'hash' | 'time' | 'text', string>>): string =>
      `cd ${path} && tool sub --flag -n ${n} --at=${time} ${hash} ${path} -m ${text} | tail -${n} > ${path}`;
    fc.assert(
      fc.property(slots, slots, (one, other) => {
        expect(commandShapes('Bash', line(one)).map(({ key }) => key)).toEqual(
          commandShapes('Bash', line(other)).map(({ key }) => key),
        );
      }),
    );
  });

  it('has another key when program, subcommand or flag differ', () => {
    const keys = [
      'git push -u x',
      'git pull -u x',
      'git push -f x',
      'got push -u x',
      'git push x',
    ].map((command) => whole(command).key);
    expect(new Set(keys).size).toBe(5);
  });

  it('never throws, and is the same for the same call', () => {
    fc.assert(
      fc.property(fc.constantFrom('Bash', 'Edit', 'Agent'), commandLines, (tool, line) => {
        const shapes = commandShapes(tool, line);
        expect(shapes.length).toBeGreaterThan(0);
        expect(commandShapes(tool, line)).toEqual(shapes);
      }),
      { numRuns: 2_000 },
    );
  });

  it('leaves the text of a shape as it is', () => {
    fc.assert(
      fc.property(commandLines, (line) => {
        for (const { text } of commandShapes('Bash', line)) expect(whole(text).text).toBe(text);
      }),
      { numRuns: process.env['WAYMARK_NEW_CASES'] === undefined ? 4_000 : 20_000 },
    );
  });

  it.each(['sudo 42=', 'sudo(42=', 'env 1A=2', 'sudo -u x 7=8'])(
    'gives %s the same text twice',
    (line) => {
      for (const { text } of commandShapes('Bash', line)) expect(whole(text).text).toBe(text);
    },
  );

  it('looks for text of the call', () => {
    const words = fc.array(
      fc.constantFrom(
        'git',
        'npm',
        'run',
        'push',
        '-C',
        'web',
        'sudo',
        './x.sh',
        '/usr/bin/make',
        'all',
        '&&',
        '|',
        'tail',
        '"a b"',
      ),
      {
        minLength: 1,
        maxLength: 8,
      },
    );
    fc.assert(
      fc.property(words, (parts) => {
        const line = parts.join(' ');
        for (const { needle } of commandShapes('Bash', line)) expect(line).toContain(needle);
      }),
    );
    expect(whole('cd web && npm run build').needle).toBe('npm run');
    expect(whole('git -C web push').needle).toBe('git');
    expect(whole('"$PROGRAM" x').needle).toBe('');
  });
});

describe('provenShapes', () => {
  it.each([
    ['a x && b y', ['a x && b y', 'a x', 'b y']],
    ['a x; b y', ['a x; b y', 'b y']],
    ['a x | b y', ['a x | b y', 'b y']],
    ['a x || b y', ['a x || b y']],
    ['a x | tail', ['a x | tail']],
    ['a x &', ['a x &']],
    ['! a x', ['! a x']],
    ['if a x; then b y; fi', ['if a x; then b y; fi']],
  ])('of %s are %j', (command, shapes) => {
    expect(provenShapes('Bash', command).map(({ text }) => text)).toEqual(shapes);
  });
});

describe('failedShape', () => {
  it.each([
    [
      'cd web && npm run biuld 2>&1 | tail -5',
      'Exit code 1\nnpm error Missing script: "biuld"',
      'npm run biuld',
    ],
    [
      'git add -A && npm run biuld',
      'Exit code 1\nnpm error Missing script: "biuld"',
      'npm run biuld',
    ],
    [
      'git add nope && npm test',
      "Exit code 128\nfatal: pathspec 'nope' did not match any files",
      'git add nope',
    ],
    [
      'git add -A && git comit -m "x"',
      "Exit code 1\ngit: 'comit' is not a git command.",
      'git comit -m <text>',
    ],
    [
      'cat no.txt; sed 1d no.txt',
      'Exit code 2\nsed: no.txt: No such file or directory',
      'sed <n> <path>',
    ],
    [
      'cd nowhere && npm test',
      'Exit code 1\n/bin/bash: line 1: cd: nowhere: No such file or directory',
      'cd <path> && npm test',
    ],
    ['npm ls | grep left-pad', 'Exit code 1', 'npm ls | grep left-pad'],
    ['make && ninja', 'Exit code 1\nsomething', 'make && ninja'],
    ['npm test', 'Exit code 1', 'npm test'],
    ['timeout 30 npm test', 'Exit code 127\n(eval):1: command not found: timeout', 'timeout …'],
    ['cd a && nice -n 5 make; ls', 'Exit code 127\nsh: 1: nice: not found', 'nice …'],
    ['timeout 30 npm test', 'Exit code 124', 'npm test'],
    ['timeout 30 foo', 'Exit code 127\nfoo: command not found', 'foo'],
  ])('of %s with %j is %s', (command, error, text) => {
    expect(findFailedShape('Bash', command, error).text).toBe(text);
  });

  it('is one of the shapes that a coming call has', () => {
    fc.assert(
      fc.property(commandLines, fc.string(), (line, error) => {
        expect(commandShapes('Bash', line)).toContainEqual(findFailedShape('Bash', line, error));
      }),
      { numRuns: 1_000 },
    );
  });
});
