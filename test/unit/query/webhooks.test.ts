import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { addWebhook } from '../../../lib/actions/edit-webhooks.ts';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { webhooksFile } from '../../../lib/delivery/webhooks/webhook-list.ts';
import { listWebhooks } from '../../../lib/query/webhooks.ts';
import { tempFolder } from '../../support/temp-folder.ts';

describe('listWebhooks', () => {
  it('gives what an action has added, without its secret', async () => {
    const folder = stateFolderAt(tempFolder());
    const actionContext = { folder, environment: {}, clock: () => 0 };
    const { secret } = await addWebhook(actionContext, { url: 'https://ci.example/hook?key=1' });
    const { rows, problems } = await listWebhooks(folder);
    expect(rows).toEqual([
      {
        name: 'ci.example',
        url: 'https://ci.example/hook?…',
        types: ['*'],
        state: 'new',
        addedAt: '1970-01-01T00:00:00.000Z',
        lastSuccessAt: null,
        since: null,
        reason: null,
      },
    ]);
    expect(problems).toEqual([]);
    expect(JSON.stringify(rows)).not.toContain(secret);
  });

  it('refuses a list that cannot be read', async () => {
    const folder = stateFolderAt(tempFolder());
    writeFileSync(webhooksFile(folder.root), 'no JSON');
    await expect(listWebhooks(folder)).rejects.toMatchObject({ code: 'WEBHOOK_INVALID' });
  });
});
