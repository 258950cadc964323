import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What a program needs of its caller to start at all; nothing that names an account, a proxy or
 * another Claude Code session.
 */
const PASSED_ON = ['PATH', 'LANG', 'LC_ALL', 'TMPDIR', 'SHELL', 'USER'];

/**
 * The environment of a client that lives in `home` alone and talks to `apiUrl` alone. `extra` wins.
 */
export function clientEnvironment(
  caller: Environment,
  home: string,
  apiUrl: string,
  extra: Environment = {},
): Record<string, string> {
  const passedOn = Object.fromEntries(PASSED_ON.map((name) => [name, caller[name]]));
  const own = {
    HOME: home,
    CLAUDE_CONFIG_DIR: join(home, '.claude'),
    ANTHROPIC_BASE_URL: apiUrl,
    ANTHROPIC_API_KEY: 'no-real-key',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
  };
  const defined: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...passedOn, ...own, ...extra }))
    if (value !== undefined) defined[name] = value;
  return defined;
}
