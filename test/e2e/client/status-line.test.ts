import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clientEnvironment } from '../../support/claude-client/client-environment.ts';
import { startMessagesApi } from '../../support/claude-client/messages-api.ts';
import { says } from '../../support/claude-client/script.ts';
import { eventually } from './eventually.ts';
import { installedClients } from './installed-clients.ts';
import { Sandbox } from './sandbox.ts';

const KEY = 'a-key-of-no-account-at-all-0123456789';
const OWN =
  '{\n\t"statusLine": {"type":"command",   "command":"echo a line of my own", "padding": 0},\n\t"theme": "dark"\n}\n';

/** A terminal is made by `script` of util-linux; other systems have another one under that name. */
describe.runIf(process.platform === 'linux')('the status line', () => {
  it.each(installedClients())(
    'is drawn by the real client %s, below the line that the user had',
    async (_version, binary) => {
      const sandbox = new Sandbox();
      writeFileSync(sandbox.settingsFile, OWN);
      sandbox.install('--status-line');
      const api = await startMessagesApi({ turns: [says('Hello.')] });
      onTestFinished(() => api.close());
      const screen = openTerminal(sandbox, binary, api.url);
      await eventually(screen.text, (text) => expect(text).toMatch(/alineofmyown.*queue\d+/));
      screen.type('hello');
      await eventually(screen.text, (text) => expect(text).toContain('hello'));
      screen.type('\r');
      // the client draws the line again when a turn ends, and of it only what has changed
      for (const part of [/\d+%/, /\$\d+\.\d\d/, /worker●/, /saved\d+sago/])
        await eventually(screen.text, (text) => expect(text).toMatch(part));
      screen.close();
      sandbox.install('--uninstall');
      expect(readFileSync(sandbox.settingsFile, 'utf8')).toBe(OWN);
    },
  );
});

/** The client on a terminal of its own, past the questions of a first start. */
function openTerminal(sandbox: Sandbox, binary: string, apiUrl: string) {
  const home = join(sandbox.root, 'home');
  mkdirSync(join(home, '.claude'), { recursive: true });
  const seen = {
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
    ['-qfec', `stty rows 40 cols 140; exec '${binary}'`, '/dev/null'],
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
