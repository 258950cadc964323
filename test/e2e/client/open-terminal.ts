import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { JsonObject } from '../../../lib/core/json.ts';
import { clientEnvironment } from '../../support/claude-client/client-environment.ts';
import type { Sandbox } from './sandbox.ts';

const KEY = 'a-key-of-no-account-at-all-0123456789';

/**
 * The client on a terminal of its own, past the questions of a first start.
 * @param preferences What else the client has in its own configuration.
 * @param args Words for its command line, without quotes or blanks.
 */
export function openTerminal(
  sandbox: Sandbox,
  binary: string,
  apiUrl: string,
  preferences: JsonObject = {},
  args: readonly string[] = [],
) {
  const home = join(sandbox.root, 'home');
  mkdirSync(join(home, '.claude'), { recursive: true });
  const seen = {
    ...preferences,
    hasCompletedOnboarding: true,
    theme: 'dark',
    customApiKeyResponses: { approved: [KEY.slice(-20)], rejected: [] },
    projects: {
      [sandbox.project]: { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true },
    },
  };
  writeFileSync(join(home, '.claude/.claude.json'), JSON.stringify(seen));
  const own = {
    WAYMARK_HOME: join(sandbox.root, 'state'),
    XDG_RUNTIME_DIR: join(sandbox.root, 'run'),
    ANTHROPIC_API_KEY: KEY,
    TERM: 'xterm-256color',
  };
  const env = clientEnvironment(process.env, home, apiUrl, own);
  const child: ChildProcessWithoutNullStreams = spawn(
    'script',
    ['-qfec', `stty rows 40 cols 140; exec '${binary}' ${args.join(' ')}`, '/dev/null'],
    {
      cwd: sandbox.project,
      env,
    },
  );
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  child.stdin.on('error', () => undefined); // it may have ended by itself
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    text: () => plain(text),
    type: (keys: string) => void child.stdin.write(keys),
    close: () => void child.kill('SIGTERM'),
  };
}

/** What was drawn so far, without blanks: clients draw some of them by moving the cursor. */
function plain(drawn: string): string {
  return drawn.replace(/\u001b\[[0-9;?]*[A-Za-z]|\u001b\][^\u0007]*\u0007|\s+/g, '');
}
