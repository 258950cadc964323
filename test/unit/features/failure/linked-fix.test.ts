import { describe, expect, it } from 'vitest';
import {
  type CommandPart,
  parseCommandParts,
} from '../../../../lib/features/failure/command-shape.ts';
import { isLinked, isNoFix } from '../../../../lib/features/failure/linked-fix.ts';
import { isReadOnlyCommand } from '../../../../lib/features/failure/read-only-commands.ts';

const part = (command: string): CommandPart => {
  const { whole, parts } = parseCommandParts('Bash', command);
  return parts[0] ?? whole;
};

interface Asked {
  readonly kind?: 'invocation' | 'environment' | 'other' | 'result' | 'transient';
  readonly body?: string;
  readonly isNext?: boolean;
}

function linked(failed: string, later: string, asked: Asked = {}): boolean {
  const { kind = 'invocation', body = '', isNext = true } = asked;
  return isLinked({ failed: part(failed), later: part(later), kind, body, isNext });
}

describe('isLinked', () => {
  it.each([
    ['poetry shell', 'poetry env activate', 'Use `poetry env activate` instead.'],
    ['git foo', 'git bar x', 'Did you mean: bar'],
    ['npx prisma mirgate', 'npx prisma migrate', 'did you mean this?\n  "migrate"?'],
  ])('by what the error suggests, whatever lies between: %s, %s', (failed, later, body) => {
    expect(linked(failed, later, { body, isNext: false, kind: 'other' })).toBe(
      !body.includes('\n'),
    );
  });

  it.each([
    ['pytest -q', 'uv run pytest -q'],
    ['pytest -q', '.venv/bin/pytest -q'],
    ['tsc --noEmit', 'npx --yes tsc --noEmit'],
    ['rubocop -a', 'bundle exec rubocop -a'],
    ['yarn build', 'pnpm run build'],
    ['make lint', 'npm run lint'],
    ['npm install x', 'pnpm add x'],
    ['./gradlew build', 'sh gradlew build'],
    ['./manage.py test', 'python3 manage.py test'],
    ['node scripts/seed.ts', 'npx tsx scripts/seed.ts'],
    ['sh build.sh', 'bash build.sh'],
    ['python src/shop/main.py -v', 'python -m shop.main -v'],
    ["python -c 'import yaml'", "uv run python -c 'import yaml'"],
    ["bash -lc 'pnpm build'", 'npm run build'],
  ])('by what both start, whatever lies between: %s, %s', (failed, later) => {
    expect(linked(failed, later, { isNext: false })).toBe(true);
    expect(linked(failed, later, { kind: 'other', isNext: false })).toBe(false);
    expect(linked(failed, later, { kind: 'other' })).toBe(true);
  });

  it.each([
    ['copy a b', 'cp a b', ''],
    ['npm run lint', 'npx eslint .', ''],
    ['composer test', 'vendor/bin/phpunit', ''],
    ['make migrate', 'npx prisma migrate deploy', ''],
    ['mvn test', 'mvn -f backend/pom.xml test', ''],
    ['brew install postgres-client', 'brew install libpq', 'No formula "postgres-client"'],
    ['aws s3 list s3://a', 'aws s3 ls s3://a', 'error: argument subcommand: Invalid choice'],
    ['ps -o pid -C node', 'ps -ax -o pid', 'ps: illegal option -- C'],
    ['rg --type typescript a', 'rg --type ts a', 'rg: unrecognized file type: typescript'],
  ])('by the same intent, if it comes next: %s, %s', (failed, later, body) => {
    expect(linked(failed, later, { body })).toBe(true);
    expect(linked(failed, later, { body, isNext: false })).toBe(false);
    expect(linked(failed, later, { body, kind: 'result' })).toBe(false);
  });

  it.each([
    ['npm run lint', 'npm run lint', ''],
    ['npm run lint', 'npm test', ''],
    ['npm run lint', 'npx vitest run', ''],
    ['npm run deploy', 'npx eslint .', ''],
    ['cat a.md', 'cat b.md', 'cat: a.md: No such file or directory'],
    ['gh pr view 11', 'gh pr view 12', 'no pull request with the number of 11'],
    ['git show abc1234', 'git show def5678', "ambiguous argument 'abc1234'"],
    ['git foo', 'git status', "git: 'foo' is not a git command"],
    ['helm upgrad app', 'helm upgrade --help', 'unknown command "upgrad"'],
    ['ps -C node', 'ps -ax', 'ps: illegal option -- C'],
    ['cp a b', 'copy a b', ''],
    ['python a/main.py', 'python -m b.main', ''],
  ])('not %s, %s', (failed, later, body) => {
    expect(linked(failed, later, { body })).toBe(false);
  });
});

describe('isLinked, after an address did not answer', () => {
  it.each([
    ['redis-cli ping', 'redis-cli -p 6380 ping', true],
    ['psql -h localhost shop', 'psql -h localhost -p 5433 shop', true],
    ['psql -p 5432 shop', 'psql -p 5433 shop', true],
    ['curl -s http://localhost:3000/health', 'curl -s http://localhost:3001/health', true],
    ['curl -s localhost:8080/api', 'curl -s localhost:8081/api', true],
    ['curl -s localhost:8080/api', 'curl -s localhost:8080/other', false],
    ['curl -s http://a.example/x', 'curl -s http://a.example/y', false],
    ['git fetch origin', 'git fetch --all', false],
    ['redis-cli ping', 'redis-cli -p 6380 get x', false],
    ['redis-cli ping', 'valkey-cli -p 6380 ping', false],
  ])('another address is what helped: %s, %s', (failed, later, expected) => {
    expect(linked(failed, later, { kind: 'transient' })).toBe(expected);
    expect(linked(failed, later, { kind: 'transient', isNext: false })).toBe(false);
  });

  it.each([
    ['timeout 5 x', 'gtimeout 5 x', false], // a limit is no part of a call
    ['date -d yesterday', 'gdate -d yesterday', true],
    ['gsed -i s/a/b/ c', 'sed -i s/a/b/ c', true],
    ['node --loader ts-node/esm a.ts', 'npx tsx a.ts', true],
  ])('a program of the same purpose is what helped: %s, %s', (failed, later, expected) => {
    expect(linked(failed, later)).toBe(expected);
  });
});

describe('onlyLooks', () => {
  const looks = (line: string): boolean => isReadOnlyCommand(parseCommandParts('Bash', line).parts);

  it.each([
    'ls -la',
    'cat Makefile',
    'git status',
    'grep -n x a | head',
    'foo --help',
    'git log -3',
  ])('is true of %s', (line) => {
    expect(looks(line)).toBe(true);
  });

  it.each(['npm run build', 'git commit -m x', 'sed -i s/a/b/ c', 'cat a && rm a'])(
    'is false of %s',
    (line) => {
      expect(looks(line)).toBe(false);
    },
  );
});

describe('what looks like a fix', () => {
  it.each([
    ['ansible-playbook a.yml', 'ansible-playbook a.yml --syntax-check', ''],
    ['helm upgrade web ./c', 'helm upgrade web ./c --dry-run=client', ''],
    [
      'docker run app',
      'docker run app2',
      'Error: listen EADDRINUSE: address already in use :::3000',
    ],
  ])('is none where %s was to be done: %s', (failed, later, body) => {
    expect(isNoFix(part(failed), part(later), body)).toBe(true);
  });

  it.each([
    ['prettier --chek a.ts', 'prettier --check a.ts', 'unknown option --chek'],
    [
      'npm start',
      'PORT=3001 npm start',
      'Error: listen EADDRINUSE: address already in use :::3000',
    ],
    ['docker run -p 80:80 a', 'docker run -p 8081:80 a', 'port is already allocated'],
  ])('may be one of %s: %s', (failed, later, body) => {
    expect(isNoFix(part(failed), part(later), body)).toBe(false);
  });

  it('puts the same thing in its place by another subcommand', () => {
    const environment = { kind: 'environment' } as const;
    expect(linked('uv pip install httpx', 'uv add httpx', environment)).toBe(true);
    expect(linked('docker start web', 'docker rm web', environment)).toBe(false);
    expect(linked('uv pip install httpx', 'uv add flask', environment)).toBe(false);
  });

  it('gets the files of a tool that is not there', () => {
    const environment = { kind: 'environment' } as const;
    expect(linked('python -m build', 'uvx --from build pyproject-build', environment)).toBe(true);
  });
});
