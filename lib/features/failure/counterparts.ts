import type { CommandPart } from './command-shape.ts';
import { listPlainWords } from './started-by.ts';
import { isUsageError } from './usage-signs.ts';

/** Programs of one system, and the programs that do the same on another. */
const COUNTERPARTS: Readonly<Record<string, readonly string[]>> = {
  'Copy-Item': ['cp'],
  'Get-ChildItem': ['ls', 'find'],
  'Get-Content': ['cat'],
  'Invoke-WebRequest': ['curl', 'wget'],
  'Move-Item': ['mv'],
  'Remove-Item': ['rm'],
  'Select-String': ['grep', 'rg'],
  'Test-Path': ['test', 'ls'],
  ag: ['rg', 'grep'],
  apt: ['brew', 'dnf', 'apk'],
  'apt-get': ['brew', 'apk'],
  bat: ['cat'],
  brew: ['apt', 'apt-get', 'dnf', 'apk'],
  cls: ['clear'],
  copy: ['cp'],
  curl: ['wget'],
  del: ['rm'],
  dir: ['ls'],
  docker: ['docker-compose', 'podman'],
  'docker-compose': ['docker'],
  erase: ['rm'],
  fd: ['find'],
  findstr: ['grep', 'rg'],
  free: ['vm_stat', 'top'],
  gradle: ['./gradlew'],
  gsed: ['sed'],
  gtar: ['tar'],
  ifconfig: ['ip'],
  ip: ['ifconfig', 'networksetup'],
  ipconfig: ['ip', 'ifconfig'],
  journalctl: ['log'],
  ldd: ['otool'],
  lsblk: ['diskutil'],
  md5: ['md5sum'],
  md5sum: ['md5'],
  move: ['mv'],
  mvn: ['./mvnw'],
  netstat: ['ss', 'lsof'],
  nproc: ['sysctl', 'getconf'],
  open: ['xdg-open'],
  pacman: ['apt', 'dnf'],
  pbcopy: ['xclip', 'xsel', 'wl-copy'],
  pip: ['pip3', 'pipx', 'uv'],
  pip3: ['pipx', 'uv'],
  python: ['python3'],
  rd: ['rm', 'rmdir'],
  readlink: ['realpath', 'greadlink'],
  ren: ['mv'],
  rg: ['grep'],
  service: ['systemctl'],
  sha256sum: ['shasum'],
  shasum: ['sha256sum'],
  shuf: ['sort', 'gshuf'],
  ss: ['netstat', 'lsof'],
  strace: ['dtruss'],
  systemctl: ['service', 'rc-service', 'supervisorctl'],
  tac: ['tail'],
  taskkill: ['kill', 'pkill'],
  tasklist: ['ps'],
  type: ['cat'],
  unzip: ['python3', 'bsdtar'],
  wget: ['curl'],
  where: ['which'],
  xcopy: ['cp'],
  yum: ['dnf', 'apt', 'apt-get'],
};

/** Programs that find and cut text: if one refuses a call, another can process the same file. */
const TEXT_TOOLS = /^(?:g?grep|egrep|rg|ag|g?sed|g?awk|perl|cut|tr)$/;

/**
 * Whether `later` does with another program what `failed` was meant to do: that of another system,
 * or another text tool on the same words. `body` is the output of the failed command.
 */
export function isByCounterpart(failed: CommandPart, later: CommandPart, body: string): boolean {
  return (
    areCounterparts(failed.program, later.program) ||
    (failed.program !== later.program &&
      TEXT_TOOLS.test(failed.program) &&
      TEXT_TOOLS.test(later.program) &&
      isUsageError(body) &&
      listPlainWords(failed)
        .slice(1)
        .some((word) => listPlainWords(later).includes(word)))
  );
}

/** GNU programs have a `g` in front of their names if the system has its own: `gdate`. */
function areCounterparts(program: string, other: string): boolean {
  return (
    COUNTERPARTS[program]?.includes(other) === true ||
    other === `g${program}` ||
    program === `g${other}`
  );
}
