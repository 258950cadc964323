import { describe, expect, it } from 'vitest';
import { errorHeadline } from '../../../lib/core/error-headline.ts';

/** What was printed, and the line of it that a person would quote. */
const PRINTED: readonly (readonly [program: string, error: string, headline: string])[] = [
  [
    'npm, a script that is not there',
    'Exit code 1\nnpm error Missing script: "tset"\nnpm error\nnpm error Did you mean this?\nnpm error   npm run test # run the "test" package script\nnpm error A complete log of this run can be found in: /home/u/.npm/_logs/x.log',
    'Missing script: "tset"',
  ],
  [
    'npm of before, below the command that it repeats',
    'Exit code 1\n> shop@1.0.0 build\n> tsc -p .\n\nnpm ERR! code ENOENT\nnpm ERR! syscall open\nnpm ERR! path /w/package.json\nnpm ERR! errno -2\nnpm ERR! enoent Could not read package.json: Error: ENOENT',
    'Could not read package.json: Error: ENOENT',
  ],
  [
    'pnpm',
    'Exit code 1\n ERR_PNPM_NO_SCRIPT  Missing script: dve\n\nCommand "dve" not found.',
    'ERR_PNPM_NO_SCRIPT  Missing script: dve',
  ],
  [
    'git, a command that is none',
    "Exit code 1\ngit: 'swich' is not a git command. See 'git --help'.\n\nThe most similar command is\n\tswitch",
    "git: 'swich' is not a git command. See 'git --help'.",
  ],
  [
    'git, a refused push',
    "Exit code 1\nTo example.org:shop.git\n ! [rejected]        main -> main (fetch first)\nerror: failed to push some refs to 'example.org:shop.git'\nhint: Updates were rejected",
    '! [rejected]        main -> main (fetch first)',
  ],
  [
    'git, with the file in the next line',
    'Exit code 1\nerror: Your local changes to the following files would be overwritten by merge:\n\tsrc/a.ts\nPlease commit your changes or stash them before you merge.\nAborting',
    'error: Your local changes to the following files would be overwritten by merge: src/a.ts',
  ],
  [
    'git, a merge',
    'Exit code 1\nAuto-merging a.ts\nCONFLICT (content): Merge conflict in a.ts\nAutomatic merge failed; fix conflicts and then commit the result.',
    'CONFLICT (content): Merge conflict in a.ts',
  ],
  [
    'tsc',
    "Exit code 2\n> tsc -p .\n\nsrc/cart.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'.\nsrc/a.ts(1,1): error TS2307: Cannot find module './b.ts'.",
    "src/cart.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'.",
  ],
  [
    'tsc with its frame',
    "Exit code 2\nsrc/cart.ts:3:7 - error TS2322: Type 'string' is not assignable to type 'number'.\n\n3 const a: number = 'x';\n        ~\n\nFound 1 error in src/cart.ts:3",
    "src/cart.ts:3:7 - error TS2322: Type 'string' is not assignable to type 'number'.",
  ],
  [
    'pytest',
    'Exit code 1\n===== test session starts =====\nplatform linux -- Python 3.12.3, pytest-8.1.1\nrootdir: /w\ncollected 2 items\n\ntests/test_cart.py .F\n\n===== FAILURES =====\n_____ test_add _____\n\n    def test_add():\n>       assert 1 == 2\nE       assert 1 == 2\n\ntests/test_cart.py:4: AssertionError\n===== short test summary info =====\nFAILED tests/test_cart.py::test_add - assert 1 == 2\n===== 1 failed, 1 passed in 0.02s =====',
    'FAILED tests/test_cart.py::test_add - assert 1 == 2',
  ],
  [
    'pytest, called wrongly',
    'Exit code 4\nERROR: usage: pytest [options] [file_or_dir] [...]\npytest: error: unrecognized arguments: --vebose\n  inifile: None',
    'pytest: error: unrecognized arguments: --vebose',
  ],
  [
    'Python',
    'Exit code 1\nTraceback (most recent call last):\n  File "/w/app.py", line 1, in <module>\n    import flask\nModuleNotFoundError: No module named \'flask\'',
    "ModuleNotFoundError: No module named 'flask'",
  ],
  [
    'Node',
    "Exit code 1\nnode:internal/modules/cjs/loader:1080\n  throw err;\n  ^\n\nError: Cannot find module 'express'\nRequire stack:\n- /w/server.js\n    at Module._resolve (node:internal/modules/cjs/loader:1077:15)\n\nNode.js v20.20.2",
    "Error: Cannot find module 'express'",
  ],
  [
    'cargo build',
    'Exit code 101\n   Compiling shop v0.1.0 (/w)\nerror[E0425]: cannot find value `x` in this scope\n --> src/lib.rs:3:5\n  |\n3 |     x\n  |     ^ not found in this scope\n\nerror: could not compile `shop` (lib) due to 1 previous error',
    'error[E0425]: cannot find value `x` in this scope',
  ],
  [
    'cargo test',
    "Exit code 101\nrunning 1 test\ntest tests::adds ... FAILED\n\nthread 'tests::adds' panicked at src/lib.rs:10:9:\nassertion `left == right` failed\n\nerror: test failed, to rerun pass `--lib`",
    "thread 'tests::adds' panicked at src/lib.rs:10:9: assertion `left == right` failed",
  ],
  [
    'go build',
    'Exit code 1\n# example.com/shop\n./main.go:7:2: undefined: cart',
    './main.go:7:2: undefined: cart',
  ],
  [
    'go test',
    'Exit code 1\n=== RUN   TestAdd\n    cart_test.go:9: got 1, want 2\n--- FAIL: TestAdd (0.00s)\nFAIL\nFAIL\texample.com/shop/cart\t0.002s',
    '--- FAIL: TestAdd (0.00s)',
  ],
  [
    'make, a target that is not there',
    "Exit code 2\nmake: *** No rule to make target 'deploy'.  Stop.",
    "make: *** No rule to make target 'deploy'.  Stop.",
  ],
  [
    'make, a compiler below it',
    "Exit code 2\ngcc -c main.c\nmain.c: In function 'main':\nmain.c:3:1: error: unknown type name 'itn'\nmake: *** [Makefile:4: main.o] Error 1",
    "main.c:3:1: error: unknown type name 'itn'",
  ],
  [
    'make with nothing else',
    'Exit code 2\nmake: *** [Makefile:4: x] Error 1',
    'make: *** [Makefile:4: x] Error 1',
  ],
  [
    'mvn, a phase that is not there',
    'Exit code 1\n[INFO] Scanning for projects...\n[INFO] BUILD FAILURE\n[ERROR] Unknown lifecycle phase "pakage". You must specify a valid lifecycle phase\n[ERROR] -> [Help 1]',
    'Unknown lifecycle phase "pakage". You must specify a valid lifecycle phase',
  ],
  [
    'mvn, a compile error',
    'Exit code 1\n[INFO] Compiling 3 source files\n[ERROR] COMPILATION ERROR : \n[ERROR] /w/src/main/java/Cart.java:[12,9] cannot find symbol\n[INFO] BUILD FAILURE\n[ERROR] Failed to execute goal org.apache.maven.plugins:compile on project shop: Compilation failure\n[ERROR] To see the full stack trace of the errors, re-run Maven with the -e switch.',
    '/w/src/main/java/Cart.java:[12,9] cannot find symbol',
  ],
  [
    'gradle',
    "Exit code 1\nFAILURE: Build failed with an exception.\n\n* What went wrong:\nTask 'asemble' not found in root project 'shop'.\n\n* Try:\n> Run gradle tasks",
    "Task 'asemble' not found in root project 'shop'.",
  ],
  [
    'docker run',
    "Exit code 125\nUnable to find image 'alpien:latest' locally\ndocker: Error response from daemon: pull access denied for alpien.\nSee 'docker run --help'.",
    'docker: Error response from daemon: pull access denied for alpien.',
  ],
  [
    'vitest',
    'Exit code 1\n> shop@1.0.0 test\n> vitest run\n\n RUN  v3.0.0 /w\n\n FAIL  test/cart.test.ts > cart > adds\nAssertionError: expected 2 to be 3 // Object.is equality\n ❯ test/cart.test.ts:12:20\n\n Test Files  1 failed (1)',
    'AssertionError: expected 2 to be 3 // Object.is equality',
  ],
  [
    'jest',
    'Exit code 1\nFAIL src/cart.test.js\n  ● cart › adds\n\n    expect(received).toBe(expected)',
    '● cart › adds',
  ],
  [
    'eslint',
    "Exit code 1\n/w/src/a.js\n  3:7  error  'x' is not defined  no-undef\n\n✖ 1 problem (1 error, 0 warnings)",
    "3:7  error  'x' is not defined  no-undef",
  ],
  [
    'terraform',
    'Exit code 1\n╷\n│ Error: Unsupported argument\n│ \n│   on main.tf line 3',
    'Error: Unsupported argument',
  ],
  [
    'bash',
    'Exit code 127\n/bin/bash: line 1: pyhton3: command not found',
    'pyhton3: command not found',
  ],
  [
    'bash in German',
    'Exit code 126\n/bin/bash: Zeile 1: ./start.sh: Keine Berechtigung',
    './start.sh: Keine Berechtigung',
  ],
  [
    'an edit',
    '<tool_use_error>String to replace not found in file.</tool_use_error>',
    'String to replace not found in file.',
  ],
  [
    'colours',
    'Exit code 2\n\u001b[31m\u001b[1merror\u001b[0m: unknown flag \u001b[33m--x\u001b[0m',
    'error: unknown flag --x',
  ],
  [
    'text that is no error',
    'Exit code 1\nOn branch main\nnothing to commit, working tree clean',
    'On branch main',
  ],
  ['an exit status alone', 'Exit code 7', 'Exit code 7'],
  ['decoration alone', 'Exit code 1\n------', '------'],
  ['nothing', '', ''],
];

describe('errorHeadline', () => {
  it.each(PRINTED)(
    'quotes the line that a person would quote of %s',
    (_program, error, headline) => {
      expect(errorHeadline(error)).toBe(headline);
    },
  );

  it('finds the line at the end of a megabyte of output, without reading all of it', () => {
    const output = `Exit code 1\n${'compiled one more file\n'.repeat(50_000)}fatal: disk gone\n`;
    expect(errorHeadline(output)).toBe('fatal: disk gone');
  });

  it.each([
    ['one line without an end', `${'a:1:'.repeat(250_000)}`],
    ['line breaks', '\n'.repeat(1_000_000)],
    ['colons', `Exit code 1\n${':'.repeat(16_000)}`],
    ['quoted panics', `thread '${"' panicked".repeat(3_000)}`],
    ['spaces', `${' '.repeat(16_000)}x`],
    ['dots and words', `${'a.'.repeat(8_000)}`],
  ])('answers for a megabyte of %s', (_what, error) => {
    expect(errorHeadline(error).length).toBeLessThanOrEqual(33_000);
  });
});
