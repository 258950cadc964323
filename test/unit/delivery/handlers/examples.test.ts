import { mkdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { bundleModuleRunner } from '../../../support/module-runner.ts';
import { testEvent } from '../../../support/test-event.ts';
import {
  attempt,
  type HandlerHome,
  handlerHome,
  putFile,
  subscriptionOf,
} from './handler-folder.ts';

const files = bundleModuleRunner();
afterAll(() => files.remove());

const page = readFileSync('docs/handlers.md', 'utf8');

function block(language: string): string {
  const found = [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, text]) => text ?? '',
  );
  const [only] = found;
  if (only === undefined || found.length > 1)
    throw new Error(`${found.length} blocks of ${language} in docs/handlers.md`);
  return only;
}

const FAILURE = testEvent({
  event_type: 'task.failed',
  payload: { call: { tool: 'Bash', target: 'npm run biuld', outcome: 'failed' } },
});

async function run(home: HandlerHome, file: string, text: string, name: string) {
  putFile(`${home.folder}/${file}`, text);
  mkdirSync(`${home.root}/log`);
  const handlers = home.open({ runner: files.runner, api: files.api });
  await handlers.whenReady();
  const subscription = subscriptionOf(handlers, name);
  expect(subscription.types).toContain('task.failed');
  return attempt(subscription, FAILURE);
}

describe('docs/handlers.md', () => {
  it.each([
    ['sh', 'it.sh', 'user/it'],
    ['python', 'it.py', 'user/it'],
    ['ts', 'it.ts', 'user/noteFailure'],
  ])('shows a handler in %s that works as it stands there', async (language, file, name) => {
    const home = handlerHome();
    expect(await run(home, file, block(language), name)).toEqual({
      state: 'done',
      output: 'noted a failure of Bash',
    });
    expect(readFileSync(`${home.root}/log/failed-calls.log`, 'utf8')).toBe(
      `${FAILURE.event_id} Bash\n`,
    );
    expect(home.emitted).toEqual(
      language === 'ts' ? [{ type: 'note.made', payload: { tool: 'Bash' } }] : [],
    );
  });

  it('names every variable that a handler finds', async () => {
    const home = handlerHome();
    putFile(
      `${home.folder}/it.sh`,
      '#!/bin/sh\n# waymark: on task.failed\nenv | grep -o "^WAYMARK_[A-Z_]*"',
    );
    const result = await attempt(subscriptionOf(home.open(), 'user/it'), {
      ...FAILURE,
      correlation_id: 'c1',
    });
    const found = result.state === 'done' ? (result.output ?? '').split('\n') : [];
    expect(found).toContain('WAYMARK_EVENT_FILE');
    for (const variable of found) expect(page).toContain(`\`${variable}\``);
  });
});

describe('a template', () => {
  it.each(['shell.sh', 'python.py', 'typescript.ts'])('%s works as it is', async (template) => {
    const home = handlerHome();
    const result = await run(
      home,
      template,
      readFileSync(`templates/handlers/${template}`, 'utf8'),
      `user/${template.split('.')[0]}`,
    );
    expect(result).toEqual({ state: 'done', output: `noted task.failed ${FAILURE.event_id}` });
    expect(readFileSync(`${home.root}/log/my-failures.log`, 'utf8')).toContain('npm run biuld');
  });
});
