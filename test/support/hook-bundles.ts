import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuildOptions, type BuildResult, build } from 'esbuild';
import { afterAll, beforeAll } from 'vitest';

/** The hooks of this source tree, bundled as the build does it. */
export interface HookBundles {
  /** Holds `<name>.cjs` per hook. */
  readonly folder: string;
  readonly result: BuildResult<{ metafile: true }>;
}

/** Bundles every hook once for the tests of a file. @returns what they get, once they run. */
export function hookBundles(): () => HookBundles {
  let made: HookBundles | undefined;
  beforeAll(async () => {
    made = await bundleHooks(realpathSync(mkdtempSync(join(tmpdir(), 'waymark-hooks-'))));
  });
  afterAll(() => {
    if (made !== undefined) rmSync(made.folder, { recursive: true, force: true });
  });
  return () => {
    if (made === undefined) throw new Error('Cannot use the bundles yet: no test runs');
    return made;
  };
}

async function bundleHooks(folder: string): Promise<HookBundles> {
  const settings: { HOOK_BUNDLE: BuildOptions; HOOK_FILES: string[] } = await import(
    pathToFileURL(resolve('build.mjs')).href
  );
  const result = await build({
    ...settings.HOOK_BUNDLE,
    entryPoints: settings.HOOK_FILES,
    outdir: folder,
    metafile: true,
  });
  return { folder, result };
}
