type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Finds the path of the state folder: `WAYMARK_HOME`, else the platform's folder for state.
 * `undefined` if there is no absolute path. For programs that begin before anything else is loaded.
 */
export function findStateRoot(
  environment: Environment,
  platform: string = process.platform,
): string | undefined {
  const root = namedStateRoot(environment, platform);
  return root === undefined || !isAbsolute(root, platform) ? undefined : withoutEndingSlash(root);
}

/** As {@link findStateRoot}, as it was written. */
export function namedStateRoot(environment: Environment, platform: string): string | undefined {
  // Launchers and shell scripts also treat an empty name as unset.
  return environment['WAYMARK_HOME'] || platformRoot(environment, platform);
}

export function withoutEndingSlash(path: string): string {
  return path.endsWith('/') ? path.replace(/(?<=.)\/+$/, '') : path;
}

export function isAbsolute(path: string, platform: string = process.platform): boolean {
  return path.startsWith('/') || (platform === 'win32' && /^[A-Za-z]:[\\/]/.test(path));
}

function platformRoot(environment: Environment, platform: string): string | undefined {
  const home = environment['HOME'];
  if (platform === 'win32') {
    const local = environment['LOCALAPPDATA'] ?? environment['USERPROFILE'];
    return local === undefined ? undefined : `${local.replaceAll('\\', '/')}/waymark`;
  }
  if (home === undefined || home === '') return undefined;
  if (platform === 'darwin') return `${home}/Library/Application Support/waymark`;
  const state = environment['XDG_STATE_HOME'] ?? '';
  // XDG rule: a relative path counts as unset.
  return `${state.startsWith('/') ? state : `${home}/.local/state`}/waymark`;
}
