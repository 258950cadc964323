import type { CommandPart } from './command-shape.ts';

/** Launchers that may precede the actual program. */
const LAUNCHERS =
  /^(?:(?:sudo|corepack(?= (?:npm|pnpm|yarn) )|(?:npx )?(?:cross-env(?: \w+=\S*)+|dotenv(?: -[ef] \S+)* --|env-cmd(?: -f \S+)?)|(?:npx|bunx|uvx|pnpx)(?: --?(?:y|yes|no-install))?|python -m|(?:pnpm|npm|yarn|bundle|bun|composer|dotnet|mise|rbenv|pyenv) exec|(?:pnpm|yarn) dlx|(?:poetry|uv|pipenv|hatch|rye|pdm) run|dotnet tool run|uv(?= (?:pip|venv) ))(?: --)? )+/;

/**
 * Programs that start tasks of a project by name. Which one a project uses does not change the
 * intent.
 */
const TASKS =
  /^(?:(?:npm|pnpm|yarn|bun) (?:run(?:-script)? )?|make |just |task |rake |composer (?:run(?:-script)? )?|deno task |(?:nx|turbo) run )(?=[a-z][\w:-]*(?: |$))/;

/** Programs that run the file that follows them. */
const INTERPRETERS =
  /^(?:node|tsx|ts-node|bun(?: run)?|deno run|python|ruby|php|perl|(?:ba|z|da)?sh)(?: --(?:loader|import|require|env-file) [^ -]\S*| -[A-Za-z]\w*| --[\w-]+)* (?=\S*[./]\w|\w*$|gradlew|mvnw)/;

/** Programs for each common task. */
const DONE_WITH: ReadonlyArray<readonly [task: RegExp, program: RegExp]> = [
  [
    /^(?:tests?|t|spec|check|unit)(?:[:-]\w+)?$/,
    /^(?:vitest|jest|mocha|ava|tap|playwright|cypress|pytest|unittest|tox|nox|phpunit|pest|rspec|minitest|(?:go|cargo|node --|deno|bun|mix|swift|dart|flutter|dotnet|zig build) ?test|ctest|manage test)\b/,
  ],
  [
    /^lint(?:[:-]\w+)?$/,
    /^(?:eslint|biome|oxlint|stylelint|ruff|flake8|pylint|rubocop|golangci-lint|phpcs|phpstan|shellcheck|cargo clippy|go vet)\b/,
  ],
  [/^(?:type-?check|types|tsc|check[:-]types)$/, /^(?:tsc|vue-tsc|mypy|pyright|basedpyright)\b/],
  [
    /^(?:format|fmt|prettier|style)(?:[:-]\w+)?$/,
    /^(?:prettier|biome|black|isort|ruff|gofmt|go fmt|cargo fmt|rubocop|mix format|dart format)\b/,
  ],
  [
    /^(?:build|compile|bundle|dist)(?:[:-]\w+)?$/,
    /^(?:tsc|tsup|vite|next|nuxt|astro|webpack|rollup|esbuild|parcel|cmake|ninja|docker|(?:go|cargo|zig|swift|dotnet|mix|nx|turbo|gradlew|mvn) (?:build|compile|package|assemble))\b/,
  ],
  [
    /^(?:dev|start|serve|server|run|up)(?:[:-]\w+)?$/,
    /^(?:vite|next|nuxt|astro|nodemon|uvicorn|gunicorn|flask|fastapi|rails s|http\.server|docker compose up|cargo run|go run|dotnet run|mix phx)\b/,
  ],
  [
    /^(?:db[:-])?migrat\w*(?:[:-]\w+)?$/,
    /^(?:prisma|alembic|knex|drizzle-kit|flyway|sequelize|typeorm|migrate|goose|diesel|rails db|manage migrate)\b/,
  ],
];

/**
 * Whether two commands start the same thing, through any launcher: `yarn build` and `pnpm run
 * build`, `pytest x` and `uv run pytest x`, `python a/b.py` and `python -m a.b`.
 */
export function startsSameTask(one: CommandPart, other: CommandPart): boolean {
  const [before, after] = [readStarted(one), readStarted(other)];
  return (
    before !== '' && (before === after || isModuleOf(before, after) || isModuleOf(after, before))
  );
}

/** Whether `later` is a program that usually does the task that `failed` names. */
export function performsTask(failed: CommandPart, later: CommandPart): boolean {
  const [, task] = /^script ([\w:.-]+)$/.exec(readStarted(failed)) ?? [];
  if (task === undefined) return false;
  const started = readStarted(later);
  return (
    started.split(' ', 1)[0] === task ||
    DONE_WITH.some(([name, program]) => name.test(task) && program.test(started))
  );
}

/**
 * Returns the words of a command without quotes; for `bash -c 'a b'` and `ssh host 'a b'` also the
 * words of the text.
 */
export function listPlainWords({ words }: CommandPart): readonly string[] {
  const plain = words.slice(0, 60).map((word) => word.replace(/^(["'])(.*)\1$/s, '$2'));
  const last = plain.at(-1) ?? '';
  if (plain[0] === 'ssh' && last.includes(' '))
    return [...plain.slice(0, -1), ...last.split(/\s+/)];
  const [shell = '', flag = '', text = '', ...rest] = plain;
  const isText = /^(?:ba|z|da)?sh$/.test(shell) && /^-[a-z]*c$/.test(flag) && rest.length === 0;
  return isText ? text.split(/\s+/).filter((word) => word !== '') : plain;
}

/** Cache by part: the calls of a session are compared with each other many times. */
const known = new WeakMap<CommandPart, string>();

function readStarted(part: CommandPart): string {
  const started = known.get(part) ?? computeStarted(part);
  known.set(part, started);
  return started;
}

function computeStarted(part: CommandPart): string {
  return listPlainWords(part)
    .join(' ')
    .replace(/^\S*\b(python|pip)[\d.]+(?= |$)/, '$1')
    .replace(/^(?:\S*\/)?(?:\.?venv|env|node_modules\/\.|vendor|\.)\/?(?:bin|Scripts)\/(?=\S)/, '')
    .replace(LAUNCHERS, '')
    .replace(/^python[\d.]+(?= |$)/, 'python')
    .replace(/^python -m /, '')
    .replace(TASKS, 'script ')
    .replace(INTERPRETERS, '')
    .replace(/^script (?:i|add|ci|clean-install)(?= |$)/, 'script install')
    .replace(/^(script install) --(?:(?:no-)?frozen-lockfile|immutable)(?= |$)/, '$1')
    .replace(/^(?:\.\/)+/, '')
    .replace(/^manage\.py /, 'manage ');
}

/** Whether a module is in a file: `shop.main x` is the module in `src/shop/main.py x`. */
function isModuleOf(file: string, module: string): boolean {
  const [, name = '', others = ''] = /^(\w+(?:\.\w+)+)( .*)?$/s.exec(module) ?? [];
  if (name === '') return false;
  const [path = ''] = file.split(' ', 1);
  return (
    `/${path}`.endsWith(`/${name.replaceAll('.', '/')}.py`) && file.slice(path.length) === others
  );
}
