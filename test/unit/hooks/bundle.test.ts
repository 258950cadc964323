import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HOOKS } from '../../../lib/hook/manifest.ts';
import { hookBundles } from '../../support/hook-bundles.ts';
import { filesIn } from '../../support/run-hook.ts';

const bundles = hookBundles();

/** All that a hook process may load. Each further file is paid for by every call of Claude's. */
const ALLOWED = [
  /^hooks\/[a-z-]+\.ts$/,
  /^lib\/core\/(?:clock|envelope|errors|event-id|json|lazy|log|redact|secret-rules|state-folder)\.ts$/,
  /^lib\/core\/config\/(?:environment-name|hook-settings|read-value|resolve-hook-config|resolve-settings)\.ts$/,
  /^lib\/claude\/(?:hook-input|operation-tools|tool-target)\.ts$/,
  /^lib\/queue\/(?:claimed-entry|enqueue|entry-name|pending-scan|queue-folder|recovery-folder|write-entry)\.ts$/,
  /^lib\/wakeup\/ring\.ts$/,
  /^lib\/hook\/[a-z-]+\.ts$/,
  /^lib\/features\/[a-z]+\/(?:capture|answer)\.ts$/,
];
const MOST_BYTES = 40_000;

describe.each(HOOKS.map(({ name }) => name))('hook %s', (name) => {
  const output = () => Object.entries(bundles().result.metafile.outputs).find(([file]) => basename(file) === `${name}.cjs`)?.[1];

  it('reaches only what a hook may reach', () => {
    const inputs = Object.keys(output()?.inputs ?? {});
    expect(inputs.length).toBeGreaterThan(10);
    expect(inputs.filter((file) => !ALLOWED.some((shape) => shape.test(file)))).toEqual([]);
  });

  it('imports node:fs and nothing else', () => {
    expect(new Set(output()?.imports.map(({ path }) => path))).toEqual(new Set(['node:fs']));
  });

  it('fits into 40 kB', () => {
    expect(statSync(`${bundles().folder}/${name}.cjs`).size).toBeLessThanOrEqual(MOST_BYTES);
  });

  it('is two or three imports and one call', () => {
    expect(readFileSync(`hooks/${name}.ts`, 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(15);
  });
});

describe('hooks/', () => {
  it('holds one file for each hook of the manifest', () => {
    expect(filesIn('hooks')).toEqual(HOOKS.map(({ name }) => `${name}.ts`).sort());
  });

  it('names in each file the event that the manifest gives it', () => {
    for (const { name, event } of HOOKS) expect(readFileSync(`hooks/${name}.ts`, 'utf8')).toContain(`runHook('${event}', `);
  });
});
