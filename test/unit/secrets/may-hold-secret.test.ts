import { describe, expect, it } from 'vitest';
import { SECRET_ARGUMENTS } from '../../../lib/secrets/argument-table.ts';
import { mayHoldSecret } from '../../../lib/secrets/may-hold-secret.ts';
import { redactTokens } from '../../../lib/secrets/redact.ts';
import { HARMLESS, SECRETS } from '../../fixtures/secrets/corpus.ts';
import { FIELD_LOOKALIKES, FIELD_SECRETS } from '../../fixtures/secrets/field-corpus.ts';
import { HELD_OUT_LOOKALIKES, HELD_OUT_SECRETS } from '../../fixtures/secrets/held-out-corpus.ts';
import { SECOND_LOOKALIKES, SECOND_SECRETS } from '../../fixtures/secrets/second-corpus.ts';
import { FIFTH_LOOKALIKES, FIFTH_SECRETS } from '../../fixtures/secrets/fifth-corpus.ts';
import { FOURTH_LOOKALIKES, FOURTH_SECRETS } from '../../fixtures/secrets/fourth-corpus.ts';
import { THIRD_LOOKALIKES, THIRD_SECRETS } from '../../fixtures/secrets/third-corpus.ts';
import { EVERYDAY_COMMANDS } from '../../support/everyday-commands.ts';
import { fillSecrets } from '../../support/secret-corpus.ts';

const TEMPLATES = [
  ...[
    ...FIELD_SECRETS,
    ...HELD_OUT_SECRETS,
    ...SECOND_SECRETS,
    ...THIRD_SECRETS,
    ...FOURTH_SECRETS,
    ...FIFTH_SECRETS,
  ],
  ...[...FIELD_LOOKALIKES, ...HELD_OUT_LOOKALIKES, ...SECOND_LOOKALIKES, ...THIRD_LOOKALIKES],
  ...FOURTH_LOOKALIKES,
  ...FIFTH_LOOKALIKES,
  ...[...HARMLESS, ...EVERYDAY_COMMANDS],
];
const TEXTS = [
  ...TEMPLATES.flatMap((template, index) =>
    [1, 2, 3].map((seed) => fillSecrets(template, index * 17 + seed).text),
  ),
  ...SECRETS.map(({ text }) => text),
];

describe('mayHoldSecret', () => {
  it('is true for each text that redaction changes', () => {
    const changed = TEXTS.filter((text) => redactTokens(text) !== text);
    expect(changed.length).toBeGreaterThan(1_500);
    expect(changed.filter((text) => !mayHoldSecret(text))).toEqual([]);
  });

  it('is true for a part of such a text that still has a secret', () => {
    const parts = TEXTS.flatMap((text) => text.split('\n').flatMap((line) => [line, `x${line}`]));
    const changed = parts.filter((text) => redactTokens(text) !== text);
    expect(changed.length).toBeGreaterThan(1_500);
    expect(changed.filter((text) => !mayHoldSecret(text))).toEqual([]);
  });

  it('is true for each program of the table with the words and options of its rule', () => {
    const calls = SECRET_ARGUMENTS.flatMap((row) => {
      const [head = '', options = ''] = row.split(': ');
      const [programs = '', ...after] = head.split(' ');
      return programs.split('|').flatMap((program) =>
        options.split(' ').map((option) => {
          const name = option.replace(/[*:%,/=?]*$/, '').replace(/^@.*/, '');
          return [program, ...after, name, 'x'].filter((word) => word !== '').join(' ');
        }),
      );
    });
    expect(calls.length).toBeGreaterThan(300);
    expect(calls.filter((call) => !mayHoldSecret(call))).toEqual([]);
  });

  it('is false for most everyday commands, and for paths', () => {
    const commands = EVERYDAY_COMMANDS.filter(mayHoldSecret);
    expect(commands.length).toBeLessThanOrEqual(EVERYDAY_COMMANDS.length / 5);
    const paths = ['/home/ann/project/src/a-wide-name-of-a-file.test.ts', 'lib/keys/tokenizer.ts'];
    expect(paths.filter(mayHoldSecret)).toEqual([]);
  });
});

describe('mayHoldSecret, asked by a hook', () => {
  const words =
    'pass password passwords passphrase passcode passwd passwort passord passordet passwoerter pw pwd pin credential credentials secret token key kennwort zugang mot~de mdp contraseña clave senha parola wachtwoord adgangskode salasana heslo sleutel chiave chave klucz kata~sandi log~in logged~in login sign~in creds account user username anmelden anmeldung melde~dich connecte-toi identifiant identifiants usuario accede seed mnemonic recovery log-in sign-in schlüssel 密码';

  it.each(words.split(' '))('is true of a text that speaks of %s', (word) => {
    expect(mayHoldSecret(`the ${word.replace('~', ' ')} of the shop`)).toBe(true);
  });
});
