import { describe, expect, it } from 'vitest';
import {
  type LearningOperation,
  deriveLearnedFixes,
  deriveFixAttempts,
} from '../../../../lib/features/failure/learn-fixes.ts';

type Call = readonly [
  outcome: 'ok' | 'failed',
  target: string,
  error?: string | undefined,
  tool?: string,
];
const MISSING = 'Exit code 1\nnpm error Missing script: "biuld"';

function session(...calls: readonly Call[]): readonly LearningOperation[] {
  return calls.map(([outcome, target, error, tool = 'Bash'], at) => ({
    id: `t${at}`,
    tool,
    target,
    outcome,
    error: error ?? null,
    at,
    project: '/p',
  }));
}

const texts = (...calls: readonly Call[]): readonly string[] =>
  deriveLearnedFixes(session(...calls)).map(({ text }) => text);

describe('learnFixes', () => {
  it('learns the next success of a similar command', () => {
    expect(
      deriveLearnedFixes(
        session(
          ['failed', 'npm run biuld', MISSING],
          ['ok', 'ls'],
          ['ok', 'npm run build'],
          ['ok', 'npm run built'],
        ),
      ),
    ).toMatchObject([
      { evidence: 't0', text: 'npm run build', isEdit: false, isWhole: true, at: 2 },
    ]);
  });

  it('takes the part that was set right out of a longer line, with its folder', () => {
    expect(
      texts(
        ['failed', 'npm run biuld', MISSING],
        ['ok', 'git add -A && npm run build && echo done'],
      ),
    ).toEqual(['npm run build']);
    expect(
      texts(
        ['failed', 'npm test', 'Exit code 254\nnpm error enoent Could not read package.json'],
        ['ok', 'cd web && npm test && ls'],
      ),
    ).toEqual(['cd web && npm test']);
  });

  it.each([
    ['copy a.txt b.txt', 'Exit code 127\nbash: line 1: copy: command not found', 'cp a.txt b.txt'],
    [
      'brew install postgres-client',
      'Exit code 1\nNo available formula with the name "postgres-client".',
      'brew install libpq',
    ],
    ['mvn test', 'Exit code 1\nthere is no POM in this directory', 'mvn -f api/pom.xml test'],
  ])('takes what worked in place of %s for no mend', (failed, error, fix) => {
    const calls = session(['failed', failed, error], ['ok', fix], ['ok', 'mkdir x']);
    expect(deriveLearnedFixes(calls).map(({ text }) => text)).toEqual([fix]);
    expect(deriveFixAttempts(calls)).toEqual([]);
  });

  it('takes for a mend of a file only what names it, or what the error names', () => {
    const error = 'Exit code 126\nbash: line 1: ./run.sh: Permission denied';
    const mendsAfter = (call: string): number =>
      deriveFixAttempts(session(['failed', './run.sh', error], ['ok', call])).length;
    expect(mendsAfter('chmod +x run.sh')).toBe(1);
    expect(mendsAfter('chmod +x other.sh')).toBe(0);
    expect(mendsAfter('mvn package')).toBe(0);
  });

  it('learns in which folder, and after which preparation, a command works', () => {
    const gone = 'Exit code 1\nbash: line 1: cd: web: No such file or directory';
    expect(
      texts(['failed', 'cd web && npm test', gone], ['ok', 'ls'], ['ok', 'cd app && npm test']),
    ).toEqual(['cd app && npm test']);
    const missing = 'Exit code 127\nbash: line 1: nvm: command not found';
    expect(
      texts(['failed', 'nvm use 18', missing], ['ok', '. ~/.nvm/nvm.sh && nvm use 18']),
    ).toEqual(['. ~/.nvm/nvm.sh && nvm use 18']);
  });

  it('looks past what only looks, and past an edit that has nothing to do with a wrong call', () => {
    const missing = 'Exit code 1\nerror: Script not found "typecheck"';
    expect(
      texts(
        ['failed', 'bun run typecheck', missing],
        ['ok', 'cat tsconfig.json'],
        ['ok', '/p/src/a.ts', undefined, 'Edit'],
        ['ok', 'ps -o comm= -p 1'],
        ['ok', 'bunx tsc --noEmit'],
      ),
    ).toEqual(['bunx tsc --noEmit']);
    expect(
      texts(
        ['failed', 'bun run typecheck', missing],
        ['ok', 'git commit -m x'],
        ['ok', 'bunx tsc --noEmit'],
      ),
    ).toEqual([]);
  });

  it('learns nothing from what may have failed behind a pipe', () => {
    expect(texts(['failed', 'npm run biuld', MISSING], ['ok', 'npm run build | tail'])).toEqual([]);
  });

  it('learns nothing when the very same command just works later', () => {
    expect(
      texts(['failed', 'npm run biuld', MISSING], ['ok', 'npm run biuld'], ['ok', 'npm run build']),
    ).toEqual([]);
  });

  it('learns what was done between when the very same command works later', () => {
    const error = 'Exit code 2\nsrc/a.ts(1,1): error TS2322: wrong';
    expect(
      deriveLearnedFixes(
        session(
          ['failed', 'npx tsc', error],
          ['ok', '/p/src/a.ts', undefined, 'Edit'],
          ['ok', 'npx tsc'],
        ),
      ),
    ).toMatchObject([{ text: '/p/src/a.ts', isEdit: true, isWhole: false }]);
    expect(
      texts(
        ['failed', 'npx tsc', error],
        ['ok', '/p/src/other.ts', undefined, 'Edit'],
        ['ok', 'npx tsc'],
      ),
    ).toEqual([]);
    expect(
      texts(
        ['failed', 'python3 a.py', "Exit code 1\nNo module named 'flask'"],
        ['ok', 'pip install flask'],
        ['ok', 'python3 a.py'],
      ),
    ).toEqual(['pip install flask']);
    expect(
      texts(
        ['failed', '/etc/x', 'EACCES: permission denied', 'Edit'],
        ['ok', 'chmod u+w /etc/x'],
        ['ok', '/etc/x', undefined, 'Write'],
      ),
    ).toEqual(['chmod u+w /etc/x']);
  });

  it('counts a failure that was repeated before it was set right once', () => {
    expect(
      texts(
        ['failed', 'npm run biuld', MISSING],
        ['failed', 'npm run biuld', MISSING],
        ['ok', 'npm run build'],
      ),
    ).toEqual(['npm run build']);
  });

  it('has no fix for what may work at the next try or was an answer', () => {
    expect(
      texts(
        ['failed', 'curl http://a', 'Exit code 7\nConnection refused'],
        ['ok', 'curl -v http://a'],
      ),
    ).toEqual([]);
    expect(texts(['failed', 'grep -n x a', 'Exit code 1'], ['ok', 'grep -n y a'])).toEqual([]);
  });

  it('takes no other file for a fix of one that is missing', () => {
    const error = 'Exit code 1\ncat: a.txt: No such file or directory';
    expect(texts(['failed', 'cat a.txt', error], ['ok', 'cat readme.md'])).toEqual([]);
    expect(texts(['failed', 'cat a.txt', error], ['ok', 'cat docs/a.txt'])).toEqual([
      'cat docs/a.txt',
    ]);
  });

  it.each(['curl -H "Key: [redacted]" --head https://x', `curl --head ${'x'.repeat(498 - 12)}…`])(
    'does not let a fix stand in place of the command that is not whole: %s',
    (good) => {
      const [fix] = deriveLearnedFixes(
        session(
          [
            'failed',
            good.replace('--head', '--hed'),
            'Exit code 2\ncurl: option --hed: is unknown',
          ],
          ['ok', good],
        ),
      );
      expect(fix).toMatchObject({ text: good, isWhole: false });
    },
  );

  it('looks no further than thirty calls', () => {
    const others = Array.from({ length: 30 }, (): Call => ['ok', 'ls']);
    expect(
      texts(['failed', 'npm run biuld', MISSING], ...others.slice(1), ['ok', 'npm run build']),
    ).toEqual(['npm run build']);
    expect(texts(['failed', 'npm run biuld', MISSING], ...others, ['ok', 'npm run build'])).toEqual(
      [],
    );
  });
});

describe('learnMends', () => {
  it('sees edits of named and of settings files, and what installs or allows', () => {
    const mends = deriveFixAttempts(
      session(
        ['failed', 'npm run biuld', MISSING],
        ['ok', '/p/package.json', undefined, 'Edit'],
        ['ok', '/p/a.ts', undefined, 'Edit'],
        ['ok', 'npm install'],
        ['failed', 'npm ci', 'Exit code 1\nx'],
        ['ok', 'ls'],
      ),
    );
    expect(mends.map(({ at }) => at)).toEqual([1, 3]);
  });

  it('does not take a corrected command for a fix', () => {
    expect(
      deriveFixAttempts(
        session(
          ['failed', 'npm install --wrong', 'Exit code 1\nUnknown option: --wrong'],
          ['ok', 'npm install'],
        ),
      ),
    ).toEqual([]);
  });
});
