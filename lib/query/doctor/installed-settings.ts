import { existsSync, readFileSync } from 'node:fs';
import { namesIn } from '../../core/files.ts';
import { type JsonObject, parseJsonObject, stringField } from '../../core/json.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { HOOKS, type HookSpec } from '../../hook/manifest.ts';

/** A settings file that the installer wired, as its record says. */
export interface InstalledSettings {
  readonly file: string;
  /** The hooks that should be in it. */
  readonly hooks: readonly HookSpec[];
  /** Whether our status line should be in it. */
  readonly hasStatusLine: boolean;
}

/** Whether the launchers were installed for our plugin, which starts the hooks then. */
export function isForPlugin({ root, bin }: StateFolder): boolean {
  return existsSync(`${root}/install/for-plugin`) && existsSync(`${bin}/served`);
}

/** Every settings file with a record in `install/`; broken records are left out. */
export function installedSettings(folder: StateFolder): readonly InstalledSettings[] {
  const records = `${folder.root}/install`;
  return namesIn(records)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const record = parseJsonObject(readFileSync(`${records}/${name}`, 'utf8'));
      const file = record === undefined ? undefined : stringField(record, 'file');
      return record === undefined || file === undefined
        ? []
        : { file, hooks: hooksOf(record), hasStatusLine: record['statusLine'] === true };
    });
}

/** A record without features means all of them. */
function hooksOf(record: JsonObject): readonly HookSpec[] {
  const features: unknown = record['features'];
  return Array.isArray(features) ? HOOKS.filter((hook) => features.includes(hook.feature)) : HOOKS;
}
