import { describe, expect, it } from 'vitest';
import type { Program } from '../../../lib/shell/program.ts';
import { shellLine } from '../../../lib/shell/shell-line.ts';

/** What a field of each program is, by the name of the program. */
function byName<Field extends keyof Program>(
  line: string,
  field: Field,
): ReadonlyArray<readonly [string, Program[Field]]> {
  return shellLine(line).programs.map((program) => [program.name, program[field]]);
}

function names(line: string): readonly string[] {
  return shellLine(line).programs.map(({ name }) => name);
}

/** The line in order: text between programs as it is, each program as its name. */
function outline(line: string): string {
  return shellLine(line)
    .pieces.map((piece) => (typeof piece === 'string' ? piece : piece.name))
    .join('');
}

describe('shellLine', () => {
  it.each([
    ['sudo -u deploy env A=1 git push', 'git', ['sudo', 'env'], 'sudo -u deploy env A=1 git push'],
    ['sudo env nohup nice -n 5 make', 'make', ['sudo', 'env', 'nohup', 'nice'], 'sudo env make'],
    ['timeout -k 5 60 npm test', 'npm', ['timeout'], 'npm test'],
    ['timeout 5 sudo -n make', 'make', ['timeout', 'sudo'], 'sudo -n make'],
    ['sudo xargs -n 1 rm -f', 'rm', ['sudo', 'xargs'], 'sudo xargs -n 1 rm -f'],
    ['command -v git', 'command', [], 'command -v git'],
    ['sudo', 'sudo', [], 'sudo'],
    ['timeout 5', 'timeout', [], 'timeout 5'],
    ['xargs A=1 rm', 'A=1', ['xargs'], 'xargs A=1 rm'],
  ])(
    'finds the program behind the wrappers of %s, without limits',
    (line, name, wrappers, typed) => {
      const [program] = shellLine(line).programs;
      expect(program).toMatchObject({ name, wrappers, typed: typed.split(' ') });
    },
  );

  it('knows the variables before a program and those of env', () => {
    const [program] = shellLine('A=1 env B=two npm test').programs;
    expect(program?.environment).toEqual(['A=1']);
    expect([...(program?.variables ?? [])]).toEqual([
      ['A', '1'],
      ['B', 'two'],
    ]);
  });

  it.each([
    ['echo "$(rm a)"', ['rm', 'echo']],
    ['diff <(sort a) b', ['sort', 'diff']],
    ['x=$(id -u)', ['id', '']],
    ['cat <<E\n$(whoami)\nE', ['whoami', 'cat']],
    ["bash -c 'rm a; ls'", ['bash', 'rm', 'ls']],
    ["ssh -p 22 host 'reboot now'", ['ssh', 'reboot']],
    ['find . -name a -exec rm {} + -ok ls \\;', ['find', 'rm', 'ls']],
    ['for f in $(ls); do cat $f; done', ['ls', 'cat']],
    ['case $(uname) in Linux) ls ;; esac', ['uname', 'ls']],
    ['[[ $(id -u) = 0 ]] && ls', ['id', 'ls']],
    ["echo '$(rm a)'", ['echo']],
  ])('finds every program of %s', (line, found) => {
    expect(names(line)).toEqual(found);
  });

  it('leaves substitutions and texts for shells out of the pieces', () => {
    expect(outline("cd a && bash -c 'rm b' | wc $(ls) & make")).toBe('cd && bash | wc & make');
  });

  it.each([
    ['a && b; c | d', ['d']],
    ['a && b', ['a', 'b']],
    ['a || b', []],
    ['! a', []],
    ['a & b', ['b']],
    ['if a; then b; fi', []],
    ['( a && b )', ['a', 'b']],
  ])('says of %s what the success of the line proves', (line, proven) => {
    const { programs } = shellLine(line);
    expect(programs.filter(({ isProven }) => isProven).map(({ name }) => name)).toEqual(proven);
  });

  it('knows which program reads whose output', () => {
    const { programs } = shellLine('cat a | { grep b; wc; } | tail');
    const [cat, grep, wc] = programs;
    const tail = programs.at(-1);
    expect(cat).toMatchObject({ inputs: [], isPiped: false, isRead: true });
    expect(grep).toMatchObject({ inputs: [cat], isPiped: true, isRead: true });
    expect(wc?.inputs).toEqual([cat]);
    expect(tail).toMatchObject({ isPiped: true, isRead: false });
    expect(tail?.inputs).toContain(grep);
    expect(byName('export A=$(cat a)', 'within')).toEqual([
      ['cat', 'export'],
      ['export', undefined],
    ]);
  });

  it('knows what prepares a program, and that a subshell ends it', () => {
    expect(byName('cd a && (cd "b c"; ls) && make', 'setup')).toEqual([
      ['cd', []],
      ['cd', ['cd a']],
      ['ls', ['cd a', 'cd "b c"']],
      ['make', ['cd a']],
    ]);
    expect(byName('x=$(cd a; pwd) make', 'setup').at(-1)).toEqual(['make', []]);
  });

  it('distinguishes files from descriptors', () => {
    const [program] = shellLine('make <in 2>&1 >"a b" <<<text').programs;
    expect(program?.files).toEqual([
      { sign: '<', path: 'in', raw: '<in' },
      { sign: '>', path: 'a b', raw: '>"a b"' },
      { sign: '<<', path: 'text', raw: '<<<text' },
    ]);
  });

  it('stops at two hundred programs, and within deep nesting', () => {
    expect(shellLine('a;'.repeat(500)).programs).toHaveLength(200);
    expect(names(`${'$('.repeat(60)}rm${')'.repeat(60)}`)).not.toContain('rm');
    expect(names('eval eval eval eval eval ls')).toEqual(['eval', 'eval', 'eval', 'eval']);
  });
});
