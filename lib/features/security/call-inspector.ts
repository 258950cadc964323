import type { CallInspector } from '../../claude/transcript/call-inspector.ts';
import { TARGET_LIMIT } from '../../claude/tool-target.ts';
import { isJsonObject, type JsonObject, stringField } from '../../core/json.ts';
import { hasToken, redactTokens } from '../../secrets/redact.ts';
import { findRisks } from './risk/find-risks.ts';
import { readScanReport } from './scan/scanners.ts';
import { MAX_DEPTH } from '../../secrets/map-strings.ts';
import { secretKinds } from '../../secrets/secret-kinds.ts';

/** Maximum length of checked text per call, in UTF-16 units. */
const LONGEST = 65_536;

/**
 * Fields with file contents. Only token shapes count there, because code and documentation are full
 * of names.
 */
const CONTENTS = new Set(['content', 'new_string', 'old_string', 'new_source']);

/**
 * Searches the complete input of a call for secrets, long commands for risks, and outputs for
 * scanner reports.
 */
export const callInspector: CallInspector = {
  input: (tool, input) => {
    const secrets = secretsIn(input);
    const command = tool === 'Bash' ? (stringField(input, 'command') ?? '') : '';
    const risks = command.length > TARGET_LIMIT ? findRisks(command).map(({ rule }) => rule) : [];
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

/** Returns `field: kind` for each kind of secret in each field, never the secret. */
function secretsIn(input: JsonObject): readonly string[] {
  const found = new Set<string>();
  let budget = LONGEST;
  const visit = (value: unknown, field: string, depth: number): void => {
    if (budget <= 0 || depth > MAX_DEPTH) return;
    if (typeof value === 'string') {
      const text = value.slice(0, budget);
      budget -= text.length;
      for (const kind of kindsIn(text, field)) found.add(`${field}: ${kind}`);
    } else if (Array.isArray(value))
      for (const item of value.slice(0, 200)) visit(item, field, depth + 1);
    else if (isJsonObject(value))
      for (const [name, inner] of Object.entries(value))
        visit(inner, CONTENTS.has(name) ? name : field, depth + 1);
  };
  for (const [field, value] of Object.entries(input)) visit(value, field, 0);
  return [...found];
}

function kindsIn(text: string, field: string): readonly string[] {
  if (CONTENTS.has(field)) return hasToken(text) ? ['token'] : [];
  const clean = redactTokens(text);
  if (clean === text) return []; // somebody wrote the mark: nothing was taken out
  return secretKinds(clean);
}
