import { isSystemPath, isRootLike } from './known-paths.ts';
import { hasOption, operandsOf, phraseOf } from '../../../shell/program-words.ts';
import type { RiskRule } from './risk-rule.ts';
import type { Program } from '../../../shell/program.ts';

/** Commands that change permissions on a machine, and what runs on it permanently. */
export const ACCESS_RULES: readonly RiskRule[] = [
  {
    id: 'become-root',
    severity: 'low',
    says: 'runs as another user, mostly as root',
    fits: ({ name, wrappers }) => [name, ...wrappers].some((word) => ROOT_MAKER.test(word)),
  },
  {
    id: 'open-permissions',
    severity: 'medium',
    says: 'lets every user write',
    fits: opensPermissions,
  },
  {
    id: 'set-owner-bit',
    severity: 'high',
    says: 'makes a program run as its owner, whoever starts it',
    fits: (program) =>
      modesOf(program).some((mode) => /^[4-7][0-7]{3}$|^[ugoa]*\+[rwx]*s/.test(mode)),
  },
  {
    id: 'own-system',
    severity: 'high',
    says: 'changes who may use system folders',
    fits: ownsSystem,
  },
  {
    id: 'write-system',
    severity: 'high',
    says: 'changes a system file',
    fits: (program) => writtenFiles(program).some(isSystemPath),
  },
  {
    id: 'stay-behind',
    severity: 'medium',
    says: 'installs something that keeps running or grants permanent access',
    fits: staysBehind,
  },
  {
    id: 'leave-container',
    severity: 'high',
    says: 'gives a container access to its host machine',
    fits: leavesContainer,
  },
  { id: 'guard-off', severity: 'high', says: 'turns off a protection', fits: switchesGuardOff },
  {
    id: 'hide-traces',
    severity: 'medium',
    says: 'deletes the record of what was done',
    fits: hidesTraces,
  },
];

const ROOT_MAKER = /^(?:sudo|doas|pkexec|su|runuser)$/;

function modesOf({ name, args }: Program): readonly string[] {
  const [mode] = name === 'chmod' ? args.filter((arg) => !/^-[RvcfHLPh]+$|^--/.test(arg)) : [];
  return mode === undefined ? [] : mode.split(',');
}

/** Whether it lets others write. The sticky bit protects users' files from each other. */
function opensPermissions(program: Program): boolean {
  return modesOf(program).some(
    (mode) => /^[02]?[0-7]{2}[2367]$/.test(mode) || /^[ug]*[oa][ugoa]*[+=][rx]*w/.test(mode),
  );
}

function ownsSystem({ name, args }: Program): boolean {
  if (!/^(?:chown|chgrp|chmod|setfacl)$/.test(name)) return false;
  return (
    hasOption(args, 'R', '--recursive') &&
    operandsOf(args)
      .slice(1)
      .some((path) => isRootLike(path) || isSystemPath(`${path}/`) || /^\/usr\//.test(path))
  );
}

/** Returns the files that a program writes, by redirection or by arguments. */
function writtenFiles({ name, args, files }: Program): readonly string[] {
  const redirected = files.flatMap(({ sign, path }) => (sign === '>' ? path : []));
  const operands = operandsOf(args);
  if (name === 'tee') return [...redirected, ...operands];
  return /^(?:cp|mv|ln|install|rsync)$/.test(name) && operands.length > 1
    ? [...redirected, operands.at(-1) ?? '']
    : redirected;
}

const LASTING =
  /(?:^|\/)authorized_keys$|(?:^|\/)\.ssh\/rc$|(?:^|\/)\.(?:bashrc|bash_profile|bash_login|profile|zshrc|zshenv|zprofile)$|\/Library\/Launch(?:Agents|Daemons)\/|\/\.config\/(?:autostart|systemd\/user)\//;

function staysBehind(program: Program): boolean {
  if (program.name === 'crontab')
    return !hasOption(program.args, 'l') && (program.inputs.length > 0 || program.args.length > 0);
  return writtenFiles(program).some((path) => LASTING.test(path));
}

function leavesContainer({ name, args }: Program): boolean {
  if (name === 'nsenter') return true;
  if (
    !/^(?:docker|podman|nerdctl)$/.test(name) ||
    !/^(?:run|exec|create|container)$/.test(args.find((arg) => !arg.startsWith('-')) ?? '')
  )
    return false;
  if (
    hasOption(args, '', '--privileged') ||
    /(?:^| )--(?:pid|cap-add)[= ](?:host|ALL|SYS_ADMIN)\b/.test(args.join(' '))
  )
    return true;
  return args.some((arg) =>
    /^(?:--volume=|-v)?\/:|(?:source|src)=\/,|\/docker\.sock(?::|$|,)/.test(arg),
  );
}

const GUARD_OFF =
  /^(?:ufw disable|iptables (?:.* )?(?:-F|--flush)\b|nft flush ruleset|setenforce 0|csrutil disable|spctl --(?:master|global)-disable|aa-teardown|auditctl -e 0)|^(?:systemctl|service) (?:.* )?(?:stop|disable|mask) .*\b(?:firewalld|ufw|apparmor|auditd|fail2ban|nftables)\b|^service (?:firewalld|ufw|apparmor|auditd|fail2ban|nftables) stop|--dangerously-(?:skip-permissions|bypass-approvals-and-sandbox)\b|--permission-mode[= ]bypassPermissions/;

function switchesGuardOff(program: Program): boolean {
  return (
    !/^(?:echo|printf|grep|rg|git|cat|sed|awk)$/.test(program.name) &&
    GUARD_OFF.test(phraseOf(program))
  );
}

const TRACES = /_history$|(?:^|\/)\.local\/share\/fish\/fish_history|^\/var\/log(?:\/|$)/;

function hidesTraces({ name, args, files, variables }: Program): boolean {
  if (name === 'history') return hasOption(args, 'cd');
  if (name === 'unset') return args.includes('HISTFILE');
  if (variables.get('HISTFILE') === '/dev/null' || variables.get('HISTSIZE') === '0') return true;
  if (name === 'set' && args[0] === '+o' && args[1] === 'history') return true;
  if (
    files.some(
      ({ sign, path }) =>
        sign === '>' && /_history$|^\/var\/log\/(?:auth|secure|syslog|wtmp|btmp|audit)/.test(path),
    )
  )
    return true;
  return /^(?:rm|truncate|shred|unlink)$/.test(name) && args.some((path) => TRACES.test(path));
}
