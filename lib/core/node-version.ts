/**
 * Reports on standard error that this Node is too old, and sets exit status 1.
 * @returns whether it is too old.
 */
export function refuseOldNode(program: string): boolean {
  const { node } = process.versions;
  const [major = 0, minor = 0] = node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return false;
  process.stderr.write(
    `Cannot run ${program}: it needs Node 20.19 or later, and this is Node ${node}.\n` +
      'Install a later Node and put it first in PATH: https://nodejs.org\n',
  );
  process.exitCode = 1;
  return true;
}

/**
 * Changes to the root folder if the working folder was deleted: Node cannot load a module from a
 * deleted folder.
 */
export function leaveDeletedFolder(): void {
  try {
    process.cwd();
  } catch {
    process.chdir('/');
  }
}
