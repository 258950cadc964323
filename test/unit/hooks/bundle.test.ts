import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERRORS } from '../../../lib/core/errors.ts';
import { HOOKS, STATUS_LINE } from '../../../lib/hook/manifest.ts';
import { hookBundles } from '../../support/hook-bundles.ts';
import { filesIn } from '../../support/run-hook.ts';

const bundles = hookBundles();

/** All that a hook process may load. Each further file is paid for by every call of Claude's. */
const ALLOWED = [
  /^hooks\/[a-z-]+\.ts$/,
  /^lib\/core\/(?:clock|end-at-once|errors|files|folder-fault|is-running|json|lazy|log|one-line|own-command|private-folder|progress-lines|quote|read-plain-file|read-view|shell-word|short-hash|state-folder|text)\.ts$/,
  /^lib\/events\/(?:envelope|event-id)\.ts$/,
  /^lib\/secrets\/(?:compiled-starts|may-hold-secret|redact)\.ts$/,
  /^lib\/config\/(?:environment-name|hook-settings|project-file|read-value|resolve-hook-config|resolve-settings)\.ts$/,
  /^lib\/claude\/(?:hook-input|operation-tools|tool-target)\.ts$/,
  /^lib\/queue\/(?:claimed-entry|enqueue|entry-name|pending-scan|queue-folder|recovery-folder|write-entry)\.ts$/,
  /^lib\/queue\/wakeup\/ring\.ts$/,
  /^lib\/hook\/[a-z-]+\.ts$/,
  /^lib\/features\/[a-z]+\/(?:capture|answer)\.ts$/,
  /^lib\/features\/context\/(?:warning|warned-mark)\.ts$/,
  /^lib\/features\/restored\/(?:notice|view-file)\.ts$/,
  /^lib\/features\/budget\/(?:budget-view|decide)\.ts$/,
];
const MAX_BYTES = 45_000;

/**
 * Starts only when its gate has found a string that something is known about: it may look closely,
 * and parse shell commands as a shell does. docs/decisions/0013 says why.
 */
const BEHIND_NEEDLES = {
  allowed: [
    /(?:^|\/)node_modules\/unbash\//,
    /^lib\/claude\/transcript\/[a-z-]+\.ts$/,
    /^lib\/core\/lru-cache\.ts$/,
    /^lib\/shell\/[a-z-]+\.ts$/,
    /^lib\/features\/(?:failure|context)\/[a-z-]+\.ts$/,
  ],
  maxBytes: 185_000,
};

describe.each(HOOKS)('hook $name', ({ name, gate }) => {
  const limits =
    gate === 'needles'
      ? { ...BEHIND_NEEDLES, allowed: [...ALLOWED, ...BEHIND_NEEDLES.allowed] }
      : { allowed: ALLOWED, maxBytes: MAX_BYTES };
  const output = () =>
    Object.entries(bundles().result.metafile.outputs).find(
      ([file]) => basename(file) === `${name}.cjs`,
    )?.[1];

  it('loads only allowed files', () => {
    const inputs = Object.keys(output()?.inputs ?? {});
    expect(inputs.length).toBeGreaterThan(10);
    expect(inputs.filter((file) => !limits.allowed.some((shape) => shape.test(file)))).toEqual([]);
  });

  it('imports node:fs, and the rules for secrets when it needs them', () => {
    const imports = new Set(output()?.imports.map(({ path }) => path));
    expect([...imports].toSorted()).toEqual(['./secrets.cjs', 'node:fs']);
  });

  it(`fits into ${limits.maxBytes / 1_000} kB`, () => {
    expect(statSync(`${bundles().folder}/${name}.cjs`).size).toBeLessThanOrEqual(limits.maxBytes);
  });

  it('is two or three imports and one call', () => {
    expect(
      readFileSync(`hooks/${name}.ts`, 'utf8').trimEnd().split('\n').length,
    ).toBeLessThanOrEqual(16);
  });
});

describe('the errors of hooks', () => {
  it('are all that the files of a bundle name, with their remedies, and no others', () => {
    const inputs = Object.values(bundles().result.metafile.outputs).flatMap((output) =>
      Object.entries(output.inputs).flatMap(([file, { bytesInOutput }]) =>
        bytesInOutput > 0 && file.startsWith('lib/') && file !== 'lib/core/errors.ts' ? [file] : [],
      ),
    );
    const sources = [...new Set(inputs)].map((file) => readFileSync(file, 'utf8')).join('');
    const [named, others] = [true, false].map((isNamed) =>
      Object.entries(ERRORS).filter(([code]) => sources.includes(`'${code}'`) === isNamed),
    );
    expect(named?.length).toBeGreaterThan(5);
    const bundle = readFileSync(`${bundles().folder}/stop.cjs`, 'utf8');
    const holds = ([code, { remedy }]: readonly [string, { readonly remedy: string }]): boolean =>
      bundle.includes(`${code}:{`) && bundle.includes(remedy.slice(0, 30));
    expect(named?.filter((row) => !holds(row))).toEqual([]);
    expect(others?.filter(([code]) => bundle.includes(`${code}:{`))).toEqual([]);
  });
});

describe('the status line', () => {
  it('is as small as a hook: node:fs only, and 25 kB', () => {
    const output = Object.entries(bundles().result.metafile.outputs).find(
      ([file]) => basename(file) === `${STATUS_LINE.name}.cjs`,
    )?.[1];
    const own = [
      ...ALLOWED,
      /^lib\/features\/statusline\/[a-z-]+\.ts$/,
      /^lib\/claude\/rate-limits\.ts$/,
    ];
    expect(
      Object.keys(output?.inputs ?? {}).filter((file) => !own.some((shape) => shape.test(file))),
    ).toEqual([]);
    expect(new Set(output?.imports.map(({ path }) => path))).toEqual(new Set(['node:fs']));
    expect(statSync(`${bundles().folder}/${STATUS_LINE.name}.cjs`).size).toBeLessThanOrEqual(
      25_000,
    );
  });
});

describe('hooks/', () => {
  it('holds one file for each hook of the manifest, and one for the status line', () => {
    expect(filesIn('hooks')).toEqual(
      [...HOOKS, STATUS_LINE].map(({ name }) => `${name}.ts`).sort(),
    );
  });

  it('names in each file the event that the manifest gives it', () => {
    for (const { name, event } of HOOKS)
      expect(readFileSync(`hooks/${name}.ts`, 'utf8')).toContain(`runHook('${event}', `);
  });
});
