import { readdirSync, readFileSync } from 'node:fs';
import { WaymarkError } from '../../core/errors.ts';
import { packageFolder } from '../../core/package-folder.ts';

/** One file of the page, as it is sent. */
export interface PageFile {
  readonly type: string;
  readonly body: Buffer<ArrayBuffer>;
  /** The same, compressed; left out where that saves nothing. */
  readonly gzip?: Buffer<ArrayBuffer> | undefined;
}

/** The built page: its HTML and what that loads, by path. */
export interface PageFiles {
  readonly html: PageFile;
  readonly assets: ReadonlyMap<string, PageFile>;
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/**
 * Reads the page that `npm run build` made, all of it: no path of a request ever reaches the disk.
 * @throws {@link WaymarkError} NOT_FOUND when it was not built.
 */
export function readPageFiles(folder = `${packageFolder()}/dist/dashboard`): PageFiles {
  const names = namesIn(folder);
  const bytesOf = (name: string) => Buffer.from(readFileSync(`${folder}/${name}`));
  const read = (name: string): PageFile => ({
    type: TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
    body: bytesOf(name),
    gzip: names.includes(`${name}.gz`) ? bytesOf(`${name}.gz`) : undefined,
  });
  const isAsset = (name: string): boolean => name !== 'index.html' && !name.endsWith('.gz');
  return {
    html: read('index.html'),
    assets: new Map(names.filter(isAsset).map((name) => [`/assets/${name}`, read(name)])),
  };
}

/** Answers with a file, compressed for those who say that they can read that. */
export function sendPageFile({ type, body, gzip }: PageFile, { headers }: Request): Response {
  const own = { 'content-type': type, vary: 'accept-encoding' };
  if (gzip === undefined || !acceptsGzip(headers.get('accept-encoding') ?? ''))
    return new Response(body, { headers: own });
  return new Response(gzip, { headers: { ...own, 'content-encoding': 'gzip' } });
}

/** Whether `gzip` is named; `gzip;q=0` refuses it. */
function acceptsGzip(header: string): boolean {
  return header.split(',').some((one) => {
    const [name = '', ...parameters] = one.split(';').map((part) => part.trim().toLowerCase());
    return name === 'gzip' && !parameters.some((part) => /^q=0(?:\.0*)?$/.test(part));
  });
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    throw new WaymarkError('NOT_FOUND', `Cannot serve the dashboard: ${folder} has no page in it`, {
      cause,
      remedy: 'Install waymark again, or run `npm run build` in a clone.',
    });
  }
}
