import { readTextOrEmpty } from '../../core/files.ts';
import { type JsonObject, parseJsonObject } from '../../core/json.ts';
import { readHeadComment } from './head-comment.ts';
import { baseName, type FoundFile, readHead } from './scan-folder.ts';

/** The kind of a file in a handlers folder, by its name, its mode and its head. */
export type HandlerFile =
  | { readonly kind: 'executable'; readonly base: string; readonly given: JsonObject }
  | { readonly kind: 'module'; readonly base: string }
  | {
      readonly kind: 'refused';
      readonly base: string;
      readonly is: 'executable' | 'module';
      readonly reason: string;
    };

const NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;
const MODULE = /(?<!\.d)\.m?[tj]s$/;

/**
 * Classifies a file.
 * @param sidecar The file `NAME.json` beside it.
 * @returns `undefined` if it is not a handler: a text, data, a sidecar.
 */
export function classifyFile(
  file: FoundFile,
  sidecar: FoundFile | undefined,
): HandlerFile | undefined {
  const base = baseName(file.name);
  const isModule = MODULE.test(file.name);
  const refuse = (reason: string): HandlerFile => ({
    kind: 'refused',
    base,
    is: isModule ? 'module' : 'executable',
    reason,
  });
  if (file.name.endsWith('.json') || file.name.endsWith('.d.ts') || file.name.endsWith('.d.mts'))
    return undefined;
  if (file.problem !== undefined) return refuse(`it ${file.problem}`);
  const comment = readHeadComment(readHead(file.path));
  if (comment === undefined && !isModule && sidecar === undefined && !file.isExecutable)
    return undefined;
  if (!NAME.test(base))
    return refuse('its name may have only letters, digits and _ . -, at most 64 of them');
  if (isModule && !(file.isExecutable && (comment !== undefined || sidecar !== undefined)))
    return { kind: 'module', base };
  if (!file.isExecutable) return refuse(`it is not executable (chmod +x ${file.path})`);
  if (sidecar !== undefined) return fromSidecar(base, sidecar, refuse);
  if (comment !== undefined) return { kind: 'executable', base, given: comment };
  return refuse(
    `it does not say which events it wants: a comment \`waymark: on TYPE\` in its first 20 lines, or ${base}.json beside it`,
  );
}

function fromSidecar(
  base: string,
  sidecar: FoundFile,
  refuse: (reason: string) => HandlerFile,
): HandlerFile {
  if (sidecar.problem !== undefined) return refuse(`${sidecar.name} ${sidecar.problem}`);
  const given = parseJsonObject(readTextOrEmpty(sidecar.path));
  return given === undefined
    ? refuse(`${sidecar.name} is not a JSON object`)
    : { kind: 'executable', base, given };
}
