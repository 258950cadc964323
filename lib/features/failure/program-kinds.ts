import { lazy } from '../../core/lazy.ts';

/**
 * Returns a pattern for shapes whose program is one of these. A program that runs another may
 * precede it.
 */
function programs(...alternatives: readonly string[]): () => RegExp {
  return lazy(() => new RegExp(`^(?:${alternatives.join('|')})(?: |$)`));
}

/** Programs whose exit status is an answer: none found, not equal, missing. */
export const ANSWERS_BY_STATUS = programs(
  String.raw`(?:e|f|z|git )?grep|rg|ag|ack|test|\[\[|diff|cmp|comm|which|type|pgrep|pidof|pkill|killall|expr|false|git diff|git merge-base`,
  'git show-ref|git rev-parse|git config|git check-ignore|git ls-remote|git symbolic-ref|command -v|hash',
  'systemctl (?:is-active|is-enabled|status)|service .* status|mountpoint|getent|jq|find|ls-files|dpkg|brew list|gh auth status',
  'docker inspect|npm (?:outdated|ls|list|audit)|pnpm outdated|yarn outdated|pip check|timeout|nc|ping|pg_isready|lsof|fuser',
  'ldconfig',
);

const RUNNERS = [
  String.raw`npx|bunx|uvx|pnpm exec|pnpm dlx|yarn|bun|poetry run|uv run|bundle exec|rails|rake|\.\/gradlew|\.\/mvnw|gradle|mvn|dotnet|mix`,
  'swift|flutter|dart|zig|deno',
].join('|');

/** Test runners, linters and compilers: they report on the code that they get. */
export const REPORTS_ON_CODE = programs(
  `(?:(?:${RUNNERS}) .*)?(?:${[
    '(?:ba|z)?sh -n|node --check|php -l|ruby -c|vitest|jest|mocha|ava|playwright|cypress|pytest|unittest|tox|nox|tsc|vue-tsc|eslint',
    'biome|prettier|stylelint|oxlint|ruff|mypy|pyright|flake8|pylint|black|isort|rubocop|rspec|phpunit|phpstan|golangci-lint',
    String.raw`staticcheck|clippy|yamllint|xmllint|gcc|g\+\+|cc|clang(?:\+\+)?|c\+\+|javac|kotlinc|scalac|rustc|ghc|shellcheck|hadolint|knip|publint|tap`,
    String.raw`webpack|rollup|esbuild|vite|next|ctest|cmake|ninja|bazel|terraform (?:plan|validate)|\.\/configure`,
  ].join('|')})`,
);

/** Programs that also run a project's code or its checks. */
export const RUNS_CODE = programs(
  'go (?:test|build|vet|run|generate|install)|cargo (?:test|build|check|clippy|run|bench|fmt|nextest|doc)',
  String.raw`npm (?:test|t|run|run-script|start|build)|(?:pnpm|yarn|bun) (?!add|install|i |remove|dlx|create|init|up)\S+|make|just|task`,
  String.raw`node|deno (?:test|run|lint|check)|bun (?:test|run)|tsx|ts-node|python[\d.]*|uv run|poetry run|ruby|php|perl|java`,
  String.raw`dotnet (?:test|build|run)|mvn|gradle|\.\/\S+|mix (?:test|compile)|swift (?:test|build)|flutter test|zig build|npx|bash|sh|zsh`,
  'docker build|docker compose (?:build|run|exec)|docker (?:run|exec)|pre-commit|git commit|git push|git merge|git rebase',
  'git cherry-pick|git pull|git stash|git apply|patch',
);

/** Subcommands that check given files, whatever the program is. */
export const CHECKS = programs(
  String.raw`\S+ (?:lint|test|validate|format|fmt|compile|analy[sz]e|typecheck|build)(?: .*)?|psql .*-f|mysql .*< .*|sqlite3 .*< .*`,
);
