import { isDiskPath, isRootLike } from './known-paths.ts';
import { gitCall, hasOption, operandsOf, phraseOf } from '../../../shell/program-words.ts';
import type { RiskRule } from './risk-rule.ts';
import type { Program } from '../../../shell/program.ts';
import type { ShellLine } from '../../../shell/shell-line.ts';

/** Commands that delete something. */
export const DESTROYING_RULES: readonly RiskRule[] = [
  {
    id: 'delete-root',
    severity: 'critical',
    says: 'deletes or moves the root, a home folder or a system folder',
    fits: (program) => deleted(program).some(isRootLike),
  },
  {
    id: 'delete-unset',
    severity: 'high',
    says: 'deletes a path that begins with a variable that nothing in the line sets',
    fits: (program, line) => removed(program).some((path) => beginsUnset(path, line)),
  },
  {
    id: 'delete-here',
    severity: 'high',
    says: 'deletes all of the folder in which it runs',
    fits: deletesHere,
  },
  { id: 'overwrite-disk', severity: 'critical', says: 'writes over a disk', fits: overwritesDisk },
  {
    id: 'fork-bomb',
    severity: 'critical',
    says: 'starts processes without end',
    fits: (program, { text, programs }) =>
      program === programs[0] &&
      /([\w:.]{1,20})\s{0,4}\(\)\s{0,4}\{\s{0,4}\1\s{0,4}\|\s{0,4}\1\s{0,4}&/.test(text),
  },
  {
    id: 'discard-work',
    severity: 'medium',
    says: 'throws away work that was not committed or merged',
    fits: discardsWork,
  },
  {
    id: 'drop-data',
    severity: 'high',
    says: 'deletes a database, or everything in it',
    fits: dropsData,
  },
  {
    id: 'drop-cloud',
    severity: 'high',
    says: 'deletes cloud resources',
    fits: dropsCloud,
  },
  {
    id: 'stop-machine',
    severity: 'high',
    says: 'stops the machine or all of its processes',
    fits: stopsMachine,
  },
];

function removed({ name, args }: Program): readonly string[] {
  return name === 'rm' && hasOption(args, 'rR', '--recursive') ? operandsOf(args) : [];
}

/**
 * Returns the paths that `mv` moves away, and where a recursive `rm`, or a `find` that deletes
 * everything, begins.
 */
function deleted(program: Program): readonly string[] {
  const { name, args } = program;
  if (name === 'mv') return operandsOf(args).slice(0, -1);
  if (name !== 'find') return removed(program);
  const deletes =
    args.includes('-delete') ||
    args.some(
      (arg, index) => /^-exec(?:dir)?$/.test(arg) && /(?:^|\/)rm$/.test(args[index + 1] ?? ''),
    );
  const pattern = args[args.findIndex((arg) => /^-i?(?:name|path|regex)$/.test(arg)) + 1];
  const isNarrow = args.some((arg) => /^-i?(?:name|path|regex)$/.test(arg)) && pattern !== '*';
  const end = args.findIndex((arg) => /^[-(!]/.test(arg));
  return deletes && !isNarrow ? args.slice(0, end) : [];
}

/** Variables that every interactive shell or job runner sets. */
const ALWAYS_SET =
  /^(?:HOME|PWD|OLDPWD|TMPDIR|USER|GITHUB_WORKSPACE|RUNNER_TEMP|CI_PROJECT_DIR|CLAUDE_PROJECT_DIR)$/;

function beginsUnset(path: string, { variables }: ShellLine): boolean {
  const [, behind, slash] =
    /^\$\{?([A-Za-z_]\w*)\}?\/|^\/+\$\{?([A-Za-z_]\w*)\}?(?:\/|\*|$)/.exec(path) ?? [];
  const variable = behind ?? slash;
  return variable !== undefined && !ALWAYS_SET.test(variable) && !variables.has(variable);
}

function deletesHere(program: Program, { programs }: ShellLine): boolean {
  const paths = removed(program);
  if (paths.some((path) => /^(?:\.\/)?\.git\/?$|^\.\.\/?\*?$/.test(path))) return true;
  const isElsewhere = programs.some(
    ({ name, args }) => /^(?:cd|pushd)$/.test(name) && /^[^~.-]/.test(args[0] ?? ''),
  );
  return !isElsewhere && paths.some((path) => /^(?:\.\/?|(?:\.\/)?\*{1,2})$/.test(path));
}

function overwritesDisk({ name, args, files }: Program): boolean {
  if (files.some(({ sign, path }) => sign === '>' && isDiskPath(path))) return true;
  if (name === 'dd') return args.some((arg) => arg.startsWith('of=') && isDiskPath(arg.slice(3)));
  if (name === 'diskutil')
    return /^(?:erase|secureErase|zeroDisk|randomDisk|partitionDisk)/.test(args[0] ?? '');
  return (
    /^(?:mkfs(?:\.\w+)?|newfs\w*|wipefs|blkdiscard|shred|[scg]?fdisk|sgdisk|parted|mkswap)$/.test(
      name,
    ) &&
    args.some(isDiskPath) &&
    !hasOption(args, 'l', '--list')
  );
}

function discardsWork(program: Program): boolean {
  const git = gitCall(program);
  if (git === undefined) return false;
  const { command, args, operands } = git;
  const isAll = operands.some((path) => /^(?:\.|:\/|\*|\.\/)$/.test(path));
  switch (command) {
    case 'reset':
      return hasOption(args, '', '--hard');
    case 'checkout':
      return hasOption(args, 'f', '--force') || isAll;
    case 'switch':
      return hasOption(args, 'f', '--force', '--discard-changes');
    case 'restore':
      return isAll && (!hasOption(args, 'S', '--staged') || hasOption(args, 'W', '--worktree'));
    case 'clean':
      return hasOption(args, 'f', '--force') && !hasOption(args, 'n', '--dry-run');
    case 'stash':
      return operands[0] === 'clear' || operands[0] === 'drop';
    case 'rm':
      return hasOption(args, 'f', '--force') && !hasOption(args, '', '--cached');
    case 'read-tree':
      return hasOption(args, '', '--reset');
    case 'branch':
      return (
        hasOption(args, 'D') ||
        (hasOption(args, 'd', '--delete') && hasOption(args, 'f', '--force'))
      );
    default:
      return command === 'worktree' && operands[0] === 'remove' && hasOption(args, 'f', '--force');
  }
}

const SQL_CLIENT =
  /^(?:psql|mysql|mariadb|sqlite3|duckdb|sqlcmd|clickhouse-client|cockroach|usql)$/;
const SQL_LOSS =
  /\bdrop\s+(?:database|table|schema)\b|\btruncate\s+(?:table\s+)?["`\w]|\bdelete\s+from\s+["`\w.]+\s*(?:;|$)/i;
const RESET =
  /^(?:dropdb\b|redis-cli\b.*\bflush(?:all|db)\b|prisma (?:migrate reset|db push.*--force-reset)|(?:rails|rake)\b.* db:(?:drop|reset|purge)|php artisan (?:migrate:(?:fresh|reset)|db:wipe)|supabase db reset|python\d? manage\.py flush|mongo(?:sh)?\b.*(?:dropDatabase|\.drop\()|docker[ -]compose\b.* down\b.* (?:-v|--volumes)|docker volume (?:rm|prune))/i;

function dropsData(program: Program): boolean {
  if (RESET.test(phraseOf(program))) return true;
  if (!SQL_CLIENT.test(program.name)) return false;
  const given = [
    ...program.args,
    ...program.files.flatMap(({ sign, path }) => (sign === '<<' ? path : [])),
    ...program.inputs.flatMap(({ args }) => args),
  ];
  return given.some((text) => SQL_LOSS.test(text));
}

const CLOUD = new RegExp(
  [
    String.raw`(?:terraform|tofu|pulumi|cdk|terragrunt|sst)\b.* destroy\b`,
    String.raw`kubectl\b.* delete\b(?:.* (?:--all\b|ns\b|namespaces?\b|pvc?\b|crds?\b|nodes?\b)|(?! pods?\b))`,
    String.raw`aws\b.*(?: s3 rb\b| s3 rm\b.* --recursive| (?:delete|terminate)-(?!tags\b)[a-z-]+)`,
    String.raw`(?:gcloud|az|doctl|hcloud|eksctl)\b.* delete\b|gh +repo delete|docker +system prune\b.*(?: -[a-z]*a| --all| --volumes)`,
    String.raw`(?:vault|op|doppler|wrangler|vercel|netlify|firebase|heroku|fly(?:ctl)?|restic|borg|velero|rclone|kafka-[\w-]+)\b.*[ :-](?:delete|destroy|remove|purge|prune|forget|reset|disable)\b`,
  ]
    .map((shape) => `^(?:${shape})`)
    .join('|'),
);

function dropsCloud(program: Program): boolean {
  // so that a word may follow directly after the program
  const phrase = phraseOf(program).replace(/^(\S+) /, '$1  ');
  return !/ --dry-?run| --plan\b/i.test(phrase) && CLOUD.test(phrase);
}

function stopsMachine({ name, args }: Program): boolean {
  if (/^(?:shutdown|reboot|halt|poweroff)$/.test(name))
    return !args.some((arg) => /^(?:-c|--help|--version)$/.test(arg));
  if (name === 'init' || name === 'telinit') return args[0] === '0' || args[0] === '6';
  if (name === 'systemctl') return args.some((arg) => /^(?:poweroff|reboot|halt|kexec)$/.test(arg));
  return name === 'kill' && args.length > 1 && args.at(-1) === '-1';
}
