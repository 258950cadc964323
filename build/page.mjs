// The page of the dashboard.
import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const PAGE = 'lib/dashboard/page';

/**
 * The page of the dashboard: one HTML file, and what it loads under names that change with it, the
 * large ones also compressed. Browsers take other forms than gzip from secure servers alone.
 */
export async function buildPage() {
  const folder = 'dist/dashboard';
  const { outputs } = (
    await build({
      entryPoints: [
        { in: `${PAGE}/main.tsx`, out: 'page' },
        { in: `${PAGE}/style.css`, out: 'page' },
        { in: `${PAGE}/icon.svg`, out: 'icon' },
      ],
      bundle: true,
      minify: true,
      platform: 'browser',
      format: 'esm',
      target: 'es2022',
      charset: 'utf8',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      loader: { '.svg': 'copy' },
      entryNames: '[name]-[hash]',
      outdir: folder,
      metafile: true,
      legalComments: 'none',
      logLevel: 'warning',
    })
  ).metafile;
  let html = readFileSync(`${PAGE}/index.html`, 'utf8').replace(/\n\s*/g, '');
  for (const path of Object.keys(outputs)) {
    const name = path.slice(folder.length + 1);
    html = html.replace(`/assets/${name.replace(/-[^.]+/, '')}`, `/assets/${name}`);
    const bytes = readFileSync(path);
    if (bytes.length > 1_000) writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  }
  writeFileSync(`${folder}/index.html`, html);
}
