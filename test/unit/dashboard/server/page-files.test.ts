import { writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { WaymarkError } from '../../../../lib/core/errors.ts';
import { readPageFiles, sendPageFile } from '../../../../lib/dashboard/server/page-files.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

const SCRIPT = 'void 0;'.repeat(300);

function builtPage(): string {
  const folder = tempFolder();
  writeFileSync(`${folder}/index.html`, '<!doctype html>');
  writeFileSync(`${folder}/page.js`, SCRIPT);
  writeFileSync(`${folder}/page.js.gz`, gzipSync(SCRIPT));
  writeFileSync(`${folder}/icon.svg`, '<svg/>');
  return folder;
}

function asked(path: string, encoding?: string): Response {
  const { html, assets } = readPageFiles(builtPage());
  const headers = encoding === undefined ? undefined : { 'accept-encoding': encoding };
  const file = path === '/' ? html : assets.get(path);
  if (file === undefined) throw new Error(`There is no ${path}`);
  return sendPageFile(file, new Request('http://127.0.0.1/', { headers: headers ?? {} }));
}

describe('a file of the page', () => {
  it.each(['gzip', 'gzip, deflate, br', 'br;q=1.0, GZIP;q=0.5', 'deflate,gzip;q=0.001'])(
    'travels compressed to who accepts %s',
    async (encoding) => {
      const response = asked('/assets/page.js', encoding);
      expect(response.headers.get('content-encoding')).toBe('gzip');
      expect(response.headers.get('vary')).toBe('accept-encoding');
      expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
      expect(gunzipSync(await response.arrayBuffer()).toString()).toBe(SCRIPT);
    },
  );

  it.each([undefined, '', 'identity', 'br', 'gzip;q=0', 'gzip; q=0.000', 'xgzip', 'x;gzip'])(
    'travels as it is to who sends %j',
    async (encoding) => {
      const response = asked('/assets/page.js', encoding);
      expect(response.headers.get('content-encoding')).toBeNull();
      expect(response.headers.get('vary')).toBe('accept-encoding');
      expect(await response.text()).toBe(SCRIPT);
    },
  );

  it('without a compressed form travels as it is', async () => {
    expect(await asked('/', 'gzip').text()).toBe('<!doctype html>');
    const icon = asked('/assets/icon.svg', 'gzip');
    expect(icon.headers.get('content-encoding')).toBeNull();
    expect(icon.headers.get('content-type')).toBe('image/svg+xml');
  });

  it('has one address, not a second one of the compressed form', () => {
    const { assets } = readPageFiles(builtPage());
    expect([...assets.keys()].sort()).toEqual(['/assets/icon.svg', '/assets/page.js']);
  });

  it('that was not built is an error with what to do', () => {
    expect(() => readPageFiles(`${tempFolder()}/nothing`)).toThrow(WaymarkError);
  });
});
