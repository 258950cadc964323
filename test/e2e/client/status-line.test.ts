import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startMessagesApi } from '../../support/claude-client/messages-api.ts';
import { says } from '../../support/claude-client/script.ts';
import { eventually } from './eventually.ts';
import { installedClients } from './installed-clients.ts';
import { openTerminal } from './open-terminal.ts';
import { Sandbox } from './sandbox.ts';

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
