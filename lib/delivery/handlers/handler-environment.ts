import { hasSecretName, redactTokens } from '../../secrets/redact.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What a program needs to run as its user, and to show something on the user's screen. All else stays behind, keys above all. */
const PASSED_ON =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TEMP|TMP|XDG_\w+|DISPLAY|WAYLAND_DISPLAY|DBUS_SESSION_BUS_ADDRESS|LD_LIBRARY_PATH|SystemRoot|ComSpec|PATHEXT|APPDATA|LOCALAPPDATA|USERPROFILE)$/i;

/** The part of the worker's environment that a handler gets; a variable goes if its name or its value looks like a secret. */
export function handlerEnvironment(environment: Environment, home: string): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment))
    if (
      value !== undefined &&
      PASSED_ON.test(name) &&
      !hasSecretName(name) &&
      redactTokens(value) === value
    )
      passed[name] = value;
  const certificates = environment['WAYMARK_SAVED_CA_CERTS'] ?? environment['NODE_EXTRA_CA_CERTS'];
  if (certificates !== undefined && certificates !== '')
    passed['NODE_EXTRA_CA_CERTS'] = certificates;
  // a Claude that a handler starts must not make events for the handler; compiled Python beside a handler would look like a change of the folder
  return { ...passed, WAYMARK_HOME: home, WAYMARK_WORKER: '1', PYTHONDONTWRITEBYTECODE: '1' };
}
