import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuildOptions, type BuildResult, build } from 'esbuild';
import { beforeAll } from 'vitest';

/** The hooks of this source tree, bundled as the build does it. */
export interface HookBundles {
  /** Holds `<name>.cjs` per hook. */
  readonly folder: string;
  readonly result: BuildResult<{ metafile: true }>;
}

/** The bundles of this process, which several files of tests share. No test writes into them. */
let bundled: Promise<HookBundles> | undefined;

/** Bundles every hook once for all tests of this process. @returns what they get, once they run. */
export function hookBundles(): () => HookBundles {
  let made: HookBundles | undefined;
  beforeAll(async () => {
    bundled ??= bundleHooks();
    made = await bundled;
  });
  return () => {
    if (made === undefined) throw new Error('Cannot use the bundles yet: no test runs');
    return made;
  };
}

async function bundleHooks(): Promise<HookBundles> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'waymark-hooks-')));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const settings: {
    HOOK_BUNDLE: BuildOptions;
    HOOK_FILES: string[];
    RULES_BUNDLE: BuildOptions;
    RULES_BESIDE_HOOKS: string;
  } = await import(pathToFileURL(resolve('build/hooks.mjs')).href);
  const result = await build({
    ...settings.HOOK_BUNDLE,
    entryPoints: settings.HOOK_FILES,
    outdir: folder,
    metafile: true,
  });
  await build({ ...settings.RULES_BUNDLE, outfile: join(folder, settings.RULES_BESIDE_HOOKS) });
  return { folder, result };
}
