import { redactTokens } from '../lib/secrets/redact.ts';
import { FIELD_LOOKALIKES, FIELD_SECRETS } from './fixtures/secrets/field-corpus.ts';
import { fillSecrets } from './support/secret-corpus.ts';

const SEEDS = 20;

/**
 * Prints how many secrets of the corpus are left in clear, and how many look-alikes are touched.
 */
function measure(): void {
  const filled = FIELD_SECRETS.flatMap((template, index) =>
    Array.from({ length: SEEDS }, (_, seed) => ({
      template,
      ...fillSecrets(template, index * SEEDS + seed),
    })),
  );
  const leaked = filled.filter(({ text, secrets }) => {
    const clean = redactTokens(text);
    return secrets.some((secret) => clean.includes(secret));
  });
  const touched = FIELD_LOOKALIKES.filter((text) => redactTokens(text) !== text);
  const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(2)} %`;
  process.stdout.write(
    `secrets in clear: ${leaked.length} of ${filled.length} (${percent(leaked.length, filled.length)}), ` +
      `from ${FIELD_SECRETS.length} texts\n` +
      `look-alikes touched: ${touched.length} of ${FIELD_LOOKALIKES.length} (${percent(touched.length, FIELD_LOOKALIKES.length)})\n`,
  );
  for (const template of new Set(leaked.map((one) => one.template)))
    process.stdout.write(`  left: ${template}\n`);
  for (const text of touched) process.stdout.write(`  touched: ${text}\n`);
}

measure();
