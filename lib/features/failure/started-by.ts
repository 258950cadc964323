import type { CommandPart } from './command-shape.ts';

/** What may precede the program that does the work. */
const LAUNCHERS =
  /^(?:(?:sudo|(?:npx|bunx|uvx|pnpx)(?: --?(?:y|yes|no-install))?|python -m|(?:pnpm|npm|yarn|bundle|bun|composer|dotnet|mise|rbenv|pyenv) exec|(?:pnpm|yarn) dlx|(?:poetry|uv|pipenv|hatch|rye|pdm) run|dotnet tool run|uv(?= (?:pip|venv) ))(?: --)? )+/;

/** Programs that start tasks of a project by name: which one a project uses makes no other intent. */
const TASKS =
  /^(?:(?:npm|pnpm|yarn|bun) (?:run(?:-script)? )?|make |just |task |rake |composer (?:run(?:-script)? )?|deno task |(?:nx|turbo) run )(?=[a-z][\w:-]*(?: |$))/;

/** Programs that run the file behind them. */
const INTERPRETERS =
  /^(?:node|tsx|ts-node|bun(?: run)?|deno run|python|ruby|php|perl|(?:ba|z|da)?sh)(?: -[A-Za-z]\w*| --[\w-]+)* (?=\S*[./]\w|\w*$|gradlew|mvnw)/;

/** What each common task is done with. */
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

/** Whether two commands start the same thing, whatever starts it: `yarn build` and `pnpm run build`, `pytest x` and `uv run pytest x`, `python a/b.py` and `python -m a.b`. */
export function startsTheSame(one: CommandPart, other: CommandPart): boolean {
  const [before, after] = [startedBy(one), startedBy(other)];
  return (
    before !== '' && (before === after || isModuleOf(before, after) || isModuleOf(after, before))
  );
}

/** Whether `later` is a program by which the task is usually done that `failed` names. */
export function doesTheTask(failed: CommandPart, later: CommandPart): boolean {
  const [, task] = /^script ([\w:.-]+)$/.exec(startedBy(failed)) ?? [];
  if (task === undefined) return false;
  const started = startedBy(later);
  return DONE_WITH.some(([name, program]) => name.test(task) && program.test(started));
}

/** Words of a command without quotes; of `bash -c 'a b'` those of the text, and of `ssh host 'a b'` those too. */
export function plainWords({ words }: CommandPart): readonly string[] {
  const plain = words.slice(0, 60).map((word) => word.replace(/^(["'])(.*)\1$/s, '$2'));
  const last = plain.at(-1) ?? '';
  if (plain[0] === 'ssh' && last.includes(' '))
    return [...plain.slice(0, -1), ...last.split(/\s+/)];
  const [shell = '', flag = '', text = '', ...rest] = plain;
  const isText = /^(?:ba|z|da)?sh$/.test(shell) && /^-[a-z]*c$/.test(flag) && rest.length === 0;
  return isText ? text.split(/\s+/).filter((word) => word !== '') : plain;
}

/** By part: a session's calls are compared with each other again and again. */
const known = new WeakMap<CommandPart, string>();

function startedBy(part: CommandPart): string {
  const started = known.get(part) ?? whatStarts(part);
  known.set(part, started);
  return started;
}

function whatStarts(part: CommandPart): string {
  return plainWords(part)
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

/** `shop.main x` is the module in `src/shop/main.py x`. */
function isModuleOf(file: string, module: string): boolean {
  const [, name = '', others = ''] = /^(\w+(?:\.\w+)+)( .*)?$/s.exec(module) ?? [];
  if (name === '') return false;
  const [path = ''] = file.split(' ', 1);
  return (
    `/${path}`.endsWith(`/${name.replaceAll('.', '/')}.py`) && file.slice(path.length) === others
  );
}
