import { quoteForShell } from '../lib/core/shell-word.ts';

/** What one launcher must know; all paths absolute. */
export interface LauncherParts {
  readonly name: string;
  /** The state folder, for hooks whose environment does not name one. */
  readonly home: string;
  /** The Node that runs the installer. */
  readonly node: string;
  /** The hook file inside the package. */
  readonly bundle: string;
  /** Its copy in the state folder, for when the package was removed. */
  readonly copy: string;
  /** What runs in front of Node; `''` for a hook whose every call needs it. */
  readonly gate: string;
}

/** The text of a launcher: paths are quoted for a POSIX shell, the gate is as it is. */
export function renderLauncher(template: string, parts: LauncherParts): string {
  return fillTemplate(template, {
    NAME: parts.name,
    HOME: quoteForShell(parts.home),
    NODE: quoteForShell(parts.node),
    BUNDLE: quoteForShell(parts.bundle),
    COPY: quoteForShell(parts.copy),
    GATE: parts.gate.trimEnd(),
  });
}

/**
 * The text of the command line in the state folder `home`. @throws as {@link renderLauncher} does.
 */
export function renderCommand(template: string, home: string): string {
  return fillTemplate(template, { HOME: quoteForShell(home) });
}

/** `template` with each `@PLACEHOLDER@` filled. @throws Error for a placeholder without a value. */
function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/@([A-Z]+)@/g, (placeholder, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`Cannot fill ${placeholder}: it has no value`);
    return value;
  });
}
