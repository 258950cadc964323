import { lazy } from '../core/lazy.ts';
import {
  isStrong,
  looksLikePassword,
  looksRandom,
  REDACTED,
  stripSentenceEnd,
} from './harmless.ts';
import { isAboutSecret, MAY_LOG_IN } from './may-hold-secret.ts';

/** Words for secrets, in about twenty languages. */
const NAME = [
  'pass(?:word|phrase|code|wd)?|pwd?|pin(?: code)?|credentials?|secret(?: key)?',
  '(?:api|access|secret|private|licen[cs]e|encryption|account|auth|app)[ -]?key|(?:(?:api|access|auth|bearer|refresh)[ -]?)?token',
  '\\p{L}{0,30}(?:passw(?:ö|oe)rter|passwort|kennwort|wachtwoord|lösenord(?:et)?|passord(?:et)?|adgangskode(?:n)?|salasana)|zugangsdaten',
  'api[ -]?(?:schlüssel|sleutel|nyckel|nøkkel)|(?:clé|clave|chiave|chave|klucz)(?: d.| de | di | )?(?:api|accès|acceso)?',
  'mot de passe|mdp|contraseña|senha|parola(?: d.ordine)?|hasło|heslo|jelszó|şifre(?:si|niz)?|κωδικός',
  'пароль|пароля|парола|ключ|kata sandi|mật khẩu|كلمة (?:المرور|السر)|סיסמה|पासवर्ड|รหัสผ่าน',
].join('|');

/** The same for languages without spaces between words. */
const NAME_WITHOUT_SPACES =
  'パスワード|暗証番号|api ?キー|密码|密碼|口令|密钥|비밀번호|암호|api ?키';

/** What the secret is for, between its name and the verb. */
const FOR =
  '(?:[ \\t]+(?:for|of|to|on|in|at|von|für|fuer|zu|zum|zur|der|des|pour|de|du|la|le|para|do|da|di|del|dello|della|per|voor|van|till|til|för|for|på|do|dla|do|для|от|к|nya)(?:[ \\t]+[^.,;:\\n"\'`]{1,40}?(?!=))?)?';

/** `is`, `lautet`, `est`, …, a colon or an arrow. */
const IS =
  "(?:[ \\t]+(?:is|was|are|will be|should be|=|:|->|→|[-–—]|ist|lautet|war|heißt|est|c.est|sera|es|era|é|è|será|sarà|eh|jest|to|brzmi|je|är|er|on|это|будет|nosi|là|adalah|है|este)(?:[ \\t]+(?:now|set to|still|jetzt|nun|just|simply))?:?|[ \\t]{0,2}(?:[=:：→]|->)|[’']s(?=[ \\t])|[はが]|是|为|為|은|는|:)";

const MARKS = '[*_`]{0,2}';

/** Matches a name, its purpose, a verb, and the word after it. */
const WITH_VERB = lazy(
  () =>
    new RegExp(
      `(?:(?<![\\p{L}\\d_-])(?:${NAME})|(?:${NAME_WITHOUT_SPACES}))${MARKS}${FOR}${IS}${MARKS}[ \\t]{0,3}(?:["'\`“”„«‘’「『*]{1,3}[ \\u00a0\\u202f]?)?([^\\s"'\`“”„«»‘’」』]{4,128})`,
      'giu',
    ),
);

/**
 * Matches `password Hunter2Battery9`, `Passwort Hunter2Battery9`, `login me password x`: no verb,
 * so the word itself must look like a secret.
 */
const NAMED = lazy(
  () =>
    /(?<![\p{L}\d_-])(?:password|passphrase|passcode|passwd|\p{L}{0,30}passwort|kennwort|contraseña|senha|wachtwoord|пароль|şifre(?:si)?|hasło|heslo|mot de passe|mdp|lösenord(?:et)?|pw|clave|parola)(?: nya)?[ \t]+["'`“„«]?([^\s"'`“”„«»]{6,128})/giu,
);

/** Matches `the API key 3f…`, if the value looks random. */
const KEY_NAMED = lazy(
  () =>
    /(?<![\p{L}\d_-])(?:api|access|secret|auth|bearer|admin|licen[cs]e)[ -]?(?:key|token)[ \t]+["'`“„«]?([^\s"'`“”„«»]{16,128})/giu,
);

/** Matches `the PIN of the vault is 31415926`. */
const PIN = lazy(
  () =>
    /((?<![\p{L}\d_-])pin(?:[ -]?code)?(?: (?:of|for|on|to) [\w -]{1,30}?)?(?: (?:is|ist|lautet|est|es)|[=:]) ?)\d{4,12}(?![\d.])/giu,
);

/**
 * Matches `A temporary password is generated for root@localhost: …`, `Generated password for admin:
 * …`.
 */
const GENERATED = lazy(
  () =>
    /(?:password|passwort|token)[^\n:]{0,20}\b(?:generated|created|set|reset)\b[^\n:]{0,50}: {0,2}(\S{6,128})|(?:generated|initial|temporary|default) (?:admin |root )?password[^\n:]{0,50}: {0,2}(\S{6,128})/gi,
);

/** Matches an app password of Google: four groups of four letters. */
const APP_PASSWORD = lazy(
  () => /(app[ -]?passwor[dt][^\n]{0,20}?[ :="'])((?:[a-z]{4} ){3}[a-z]{4})(?![a-z])/gi,
);

/**
 * Matches `admin / Hunter2Battery9`, `user admin with Hunter2Battery9`: a name and the next word,
 * in a text about a login.
 */
const LOGIN = lazy(
  () =>
    /(?<![\p{L}\d_-])(?:log(?:ged)? ?in|sign(?:ed)? ?in|credentials?|creds|login|account|user(?:name)?|zugang(?:sdaten)?|anmelden|anmeldung|melde dich|connecte-toi|identifiants?|usuario|accede)\b[^\n]{0,50}?(?:[ \t:]|as |with |mit |als |avec |con )["'`]?[\w.@+-]{2,60}["'`]?[ \t]{0,2}(?:\/|:|,|with|and|mit|und|avec|et|con|y|\|)[ \t]{0,2}["'`]?([^\s"'`,;]{6,128})/giu,
);

/** Matches `pass Hunter2Battery9` in a text about a login. */
const PASS = lazy(() => /(?<![\p{L}\d_-])pass[ \t]+["'`“„«]?([^\s"'`“”„«»]{6,128})/giu);

/** Matches `admin / Hunter2Battery9 to log in`. */
const TO_LOG_IN = lazy(
  () =>
    /(?<![\w/])[\w.@+-]{2,60}[ \t]?[/:,][ \t]?["'`]?([^\s"'`,;]{6,128})(?=["'`]?[^\n]{0,20}\b(?:log|sign)[ -]?in\b)/giu,
);

/** Matches twelve to twenty-four words that restore a wallet. */
const MNEMONIC = lazy(
  () =>
    /((?:seed|recovery|backup|mnemonic|secret)[ _-]?(?:phrase|words)?["']?(?:[ \t]{1,3}(?:is|are|was))?[ \t]{0,3}[:="']{0,3}[ \t]{0,3})((?:[a-z]{3,8}[ \t]){11,23}[a-z]{3,8})/gi,
);

/**
 * Redacts passwords and keys in sentences. The word must look like one: "the password is wrong"
 * stays.
 */
export function redactSentences(text: string, lower: string): string {
  let clean = text;
  if (isAboutSecret(lower)) {
    clean = clean.replace(WITH_VERB(), (all: string, word: string) =>
      cut(all, word, isStated(word)),
    );
    clean = clean.replace(NAMED(), (all: string, word: string) => cut(all, word, isStrong(word)));
    if (/(?:key|token)\s/.test(lower))
      clean = clean.replace(KEY_NAMED(), (all: string, word: string) =>
        cut(all, word, looksRandom(stripSentenceEnd(word))),
      );
    if (/\bpin\b/.test(lower)) clean = clean.replace(PIN(), `$1${REDACTED}`);
    clean = clean.replace(APP_PASSWORD(), `$1${REDACTED}`);
    if (/generated|temporary|initial|default|created|reset/.test(lower))
      clean = clean.replace(GENERATED(), (all: string, one?: string, other?: string) =>
        cut(all, one ?? other ?? '', isStated(one ?? other ?? '')),
      );
  }
  if (/(?:log|sign)[ -]?in/.test(lower))
    clean = clean.replace(TO_LOG_IN(), (all: string, word: string) =>
      cut(all, word, isStrong(word)),
    );
  if (MAY_LOG_IN.test(lower))
    for (const login of [LOGIN(), PASS()])
      clean = clean.replace(login, (all: string, word: string) => cut(all, word, isStrong(word)));
  return /seed|mnemonic|recovery/.test(lower) ? clean.replace(MNEMONIC(), `$1${REDACTED}`) : clean;
}

function cut(all: string, word: string, isSecret: boolean): string {
  if (!isSecret) return all;
  const end = /[.,;:!?)\]}*]*$/.exec(word)?.[0] ?? '';
  return all.slice(0, all.length - word.length) + REDACTED + (end === word ? '' : end);
}

function isStated(word: string): boolean {
  return looksLikePassword(stripSentenceEnd(word)) || looksRandom(stripSentenceEnd(word));
}
