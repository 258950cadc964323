// What is done with the files once they are built.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';

/**
 * Escapes the letters in patterns that are not ASCII, which esbuild leaves. One of them makes V8
 * keep a whole file with two bytes per character.
 */
export function escapePatterns() {
  for (const entry of readdirSync('dist', { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !['.cjs', '.js'].includes(extname(entry.name))) continue;
    const path = join(entry.parentPath, entry.name);
    const text = readFileSync(path, 'utf8');
    const escaped = text.replace(/(\\*)([^\0-\x7f])/g, (_whole, slashes, unit) => {
      if (slashes.length % 2 > 0) throw new Error(`Cannot escape \\${unit} in ${path}`);
      return `${slashes}\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
    });
    if (escaped !== text) writeFileSync(path, escaped);
  }
}

/**
 * Writes the build id: a hash of the output, so that the same sources give the same id. What is
 * compressed depends on the Node that compressed it, and is left out.
 */
export function noteBuild() {
  const hash = createHash('sha256');
  const files = readdirSync('dist', { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.gz'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(file));
  writeFileSync(
    'dist/build.json',
    `${JSON.stringify({ build: hash.digest('hex').slice(0, 12) })}\n`,
  );
}

/**
 * Writes the types of `import … from 'waymark'`: one declaration file for each source file that
 * lib/index.ts reaches.
 */
export function declareTypes() {
  const compiler = createRequire(import.meta.url).resolve('typescript/package.json');
  const { bin } = JSON.parse(readFileSync(compiler, 'utf8'));
  execFileSync(process.execPath, [join(compiler, '..', bin.tsc), '-p', 'tsconfig.types.json'], {
    stdio: 'inherit',
  });
  writeFileSync('dist/index.d.ts', "export * from './types/index.ts';\n");
}
