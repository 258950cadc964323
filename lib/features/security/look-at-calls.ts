import type { CallLook } from '../../claude/transcript/call-look.ts';
import { TARGET_LIMIT } from '../../claude/tool-target.ts';
import { isJsonObject, type JsonObject, stringField } from '../../core/json.ts';
import { hasToken, redactTokens } from '../../secrets/redact.ts';
import { risksOf } from './risk/judge-command.ts';
import { readScanReport } from './scan/scanners.ts';
import { secretKinds } from '../../secrets/secret-kinds.ts';

/** What is looked through of the texts of one call, in UTF-16 units. */
const LONGEST = 65_536;

/** Fields whose texts are contents of files: only shapes of tokens count there, for code and documentation are full of names. */
const CONTENTS = new Set(['content', 'new_string', 'old_string', 'new_source']);

/** Looks for secrets in the whole input of a call, for risks in commands that are longer than what is kept of them, and at reports of scanners. */
export const lookAtCalls: CallLook = {
  input: (tool, input) => {
    const secrets = secretsIn(input);
    const command = tool === 'Bash' ? (stringField(input, 'command') ?? '') : '';
    const risks = command.length > TARGET_LIMIT ? risksOf(command).map(({ rule }) => rule) : [];
    if (secrets.length === 0 && risks.length === 0) return undefined;
    return {
      ...(secrets.length === 0 ? {} : { secrets }),
      ...(risks.length === 0 ? {} : { risks }),
    };
  },
  result: (text) => {
    const report = readScanReport(text);
    return report === undefined ? undefined : { ...report };
  },
};

/** `field: kind` for each kind of secret in each field, never the secret. */
function secretsIn(input: JsonObject): readonly string[] {
  const found = new Set<string>();
  let budget = LONGEST;
  const visit = (value: unknown, field: string): void => {
    if (budget <= 0) return;
    if (typeof value === 'string') {
      const text = value.slice(0, budget);
      budget -= text.length;
      for (const kind of kindsIn(text, field)) found.add(`${field}: ${kind}`);
    } else if (Array.isArray(value)) for (const item of value.slice(0, 200)) visit(item, field);
    else if (isJsonObject(value))
      for (const [name, inner] of Object.entries(value))
        visit(inner, CONTENTS.has(name) ? name : field);
  };
  for (const [field, value] of Object.entries(input)) visit(value, field);
  return [...found];
}

function kindsIn(text: string, field: string): readonly string[] {
  if (CONTENTS.has(field)) return hasToken(text) ? ['token'] : [];
  const clean = redactTokens(text);
  if (clean === text) return []; // somebody wrote the mark: nothing was taken out
  return secretKinds(clean);
}
