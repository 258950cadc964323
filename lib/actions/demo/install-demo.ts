import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { WaymarkError } from '../../core/errors.ts';
import { HOOKS } from '../../hook/manifest.ts';
import { readWiredHooks, type WiredHook } from '../../query/doctor/wired-hooks.ts';
import type { DemoHome } from './demo-home.ts';

const INSTALL = ['install', '--yes', '--scope', 'user', '--no-prove', '--json'];

/**
 * Runs `waymark install` in the home of the demo.
 * @returns what its settings file starts from then on.
 * @throws {@link WaymarkError} HOOK_FAILED; AbortError when `signal` says so.
 */
export async function installDemo(
  program: string,
  { root, environment, settings, folder }: DemoHome,
  signal: AbortSignal,
): Promise<readonly WiredHook[]> {
  try {
    await promisify(execFile)(process.execPath, [program, ...INSTALL], {
      ...{ cwd: root, env: { ...environment }, signal },
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new WaymarkError('HOOK_FAILED', 'Cannot play the demo: its hooks were not installed', {
      cause: error,
    });
  }
  return readWiredHooks(settings, folder).hooks;
}

/** What the client would start for this event, by the matchers that the installer writes. */
export function listHooksFor(
  hooks: readonly WiredHook[],
  event: string,
  tool: string | undefined,
): readonly WiredHook[] {
  return hooks.filter((hook) => {
    if (hook.event !== event) return false;
    const { matcher } = HOOKS.find(({ name }) => name === hook.name) ?? {};
    return matcher === undefined || (tool !== undefined && matcher.split('|').includes(tool));
  });
}
