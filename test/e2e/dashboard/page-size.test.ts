import { get } from 'node:http';
import { describe, expect, it } from 'vitest';
import { TOKEN } from '../../support/dashboard-tab.ts';
import { preparedStore } from '../../unit/cli/prepared-store.ts';
import { served } from './browser.ts';

/** What the server sends for a path, headers included, and its text. */
async function bytesOf(url: string, encoding: string): Promise<{ bytes: number; text: string }> {
  return await new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${TOKEN}`, 'accept-encoding': encoding };
    get(url, { headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('latin1');
        resolve({ bytes: response.socket.bytesRead, text });
      });
    }).on('error', reject);
  });
}

describe('the page of the dashboard', () => {
  it.each([
    ['gzip, deflate, br', 75_000],
    ['identity', 190_000],
  ])('with all that it loads as %s takes less than %i bytes', async (encoding, most) => {
    const { url } = await served(preparedStore());
    const { bytes, text } = await bytesOf(url, encoding);
    const paths = [...text.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, path]) => path);
    expect(paths.map((path) => path?.split('.').at(-1)).sort()).toEqual(['css', 'js', 'svg']);
    let sum = bytes;
    for (const path of paths) sum += (await bytesOf(`${url}${path}`, encoding)).bytes;
    expect(sum).toBeLessThan(most);
    expect(sum).toBeGreaterThan(20_000);
  });
});
