import {
  gitCall,
  hasOption,
  isLocal,
  phraseOf,
  isLocalOnly,
} from '../../../shell/program-words.ts';
import type { RiskRule } from './risk-rule.ts';
import type { Program } from '../../../shell/program.ts';

/** Commands that skip verification or checks, or change shared data. */
export const NETWORK_RULES: readonly RiskRule[] = [
  {
    id: 'tls-off',
    severity: 'medium',
    says: 'does not verify the certificate of the server',
    fits: (program) => trustsAnybody(program),
  },
  {
    id: 'skip-checks',
    severity: 'low',
    says: 'skips the checks of the repository',
    fits: skipsChecks,
  },
  {
    id: 'force-push-main',
    severity: 'high',
    says: 'replaces or deletes a branch that is shared',
    fits: (program) => replaced(program).some(isShared),
  },
  {
    id: 'force-push',
    severity: 'medium',
    says: 'replaces or deletes what others may have',
    fits: (program) => replaced(program).length > 0 && !replaced(program).some(isShared),
  },
  {
    id: 'rewrite-history',
    severity: 'medium',
    says: 'rewrites history, or deletes what could restore it',
    fits: rewritesHistory,
  },
  {
    id: 'publish',
    severity: 'medium',
    says: 'publishes or unpublishes a package',
    fits: publishes,
  },
];

/** Variables that turn off verification, and the values with which they do not. */
const UNCHECKED: Readonly<Record<string, RegExp>> = {
  NODE_TLS_REJECT_UNAUTHORIZED: /^(?!0$)/,
  PYTHONHTTPSVERIFY: /^(?!0$)/,
  GIT_SSL_NO_VERIFY: /^(?:0|false|)$/i,
  npm_config_strict_ssl: /^(?!false$)/,
};

function trustsAnybody(program: Program): boolean {
  const { name, args, variables } = program;
  for (const [variable, value] of variables) {
    const harmless = Object.hasOwn(UNCHECKED, variable) ? UNCHECKED[variable] : undefined;
    if (harmless !== undefined && !harmless.test(value)) return true;
  }
  if (name === 'curl')
    return (
      !isLocalOnly(args) &&
      (args.some((arg) => /^-[sSLfiIvgN#]*k[sSLfiIvgNoO#]*$/.test(arg)) ||
        hasOption(args, '', '--insecure', '--proxy-insecure'))
    );
  if (name === 'wget') return !isLocalOnly(args) && args.includes('--no-check-certificate');
  const git = gitCall(program);
  if (git !== undefined)
    return [...git.settings, `${git.command} ${git.operands.slice(-2).join('=')}`].some((text) =>
      /\bhttp\.(?:.*\.)?sslverify=(?:false|0|no|off)/i.test(text),
    );
  if (/^(?:npm|pnpm|yarn)$/.test(name))
    return /strict-ssl[= ]false|--no-strict-ssl|enableStrictSsl[= ]false/.test(args.join(' '));
  if (/^(?:pip[\d.]*|uv|python[\d.]*)$/.test(name))
    return hasOption(args, '', '--trusted-host', '--allow-insecure-host');
  if (/^(?:ssh|scp|sftp|rsync)$/.test(name))
    return /StrictHostKeyChecking[= ]?(?:no|off)\b/i.test(args.join(' '));
  return (
    hasOption(
      args,
      '',
      '--insecure-skip-tls-verify',
      '--insecure-skip-verify',
      '--no-verify-ssl',
    ) || args.includes('--tls-verify=false')
  );
}

function skipsChecks(program: Program): boolean {
  const git = gitCall(program);
  if (git === undefined || !/^(?:commit|push|merge|rebase|am|cherry-pick)$/.test(git.command))
    return false;
  if (program.variables.get('HUSKY') === '0' || program.variables.get('LEFTHOOK') === '0')
    return true;
  return (
    git.args.includes('--no-verify') ||
    (git.command === 'commit' && git.args.some((arg) => /^-[asveq]*n[asveqm]*$/.test(arg)))
  );
}

/** Returns the branches that a push replaces or deletes; `''` if it does not name one. */
function replaced(program: Program): readonly string[] {
  const git = gitCall(program);
  if (git?.command !== 'push') return [];
  const { args, operands } = git;
  const refs = operands.slice(1);
  const branches = refs.map((ref) => ref.replace(/^\+/, '').replace(/^.*:/, ''));
  if (hasOption(args, 'f', '--force') || hasOption(args, '', '--mirror', '--prune'))
    return branches.length > 0 ? branches : [''];
  if (hasOption(args, 'd', '--delete')) return branches;
  return branches.filter(
    (branch, index) =>
      /^[+:]/.test(refs[index] ?? '') ||
      (hasOption(args, '', '--force-with-lease') && isShared(branch)),
  );
}

function isShared(branch: string): boolean {
  return /^(?:refs\/heads\/)?(?:main|master|trunk|develop|production|prod|release(?:[/-].*)?)$/.test(
    branch,
  );
}

function rewritesHistory(program: Program): boolean {
  if (
    program.name === 'bfg' ||
    (program.name === 'java' && program.args.some((arg) => /(?:^|\/)bfg[\w.-]*\.jar$/.test(arg)))
  )
    return true;
  const git = gitCall(program);
  switch (git?.command) {
    case 'filter-branch':
    case 'filter-repo':
      return !git.args.includes('--analyze');
    case 'reflog':
      return /^(?:expire|delete)$/.test(git.operands[0] ?? '');
    case 'update-ref':
      return git.args.includes('-d');
    case 'gc':
      return git.args.includes('--prune=now');
    default:
      return false;
  }
}

const PUBLISH =
  /^(?:(?:npm|pnpm) (?:publish|unpublish|deprecate)\b|yarn (?:npm )?publish\b|(?:lerna|bun|jsr|deno|poetry|uv|hatch|flit|cargo|dart pub|mvn) (?:publish|deploy|yank)\b|twine upload\b|gem (?:push|yank)\b|vsce publish\b|gh release (?:create|delete)\b)/;

function publishes(program: Program): boolean {
  return (
    PUBLISH.test(phraseOf(program)) &&
    !program.args.some((arg) => /^--dry-run|^-n$|^--help$/.test(arg)) &&
    !program.args.some(isLocal)
  );
}
