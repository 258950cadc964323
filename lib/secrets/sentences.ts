import { lazy } from '../core/lazy.ts';
import { looksLikePassword, looksRandom, REDACTED } from './harmless.ts';

/** What people call a secret, in ten languages. */
const NAME =
  '(?:pass(?:word|phrase|code|wd)?|pwd?|api[ -]?(?:key|token)|(?:access |secret |auth |bearer |refresh )?token|secret(?: key)?|credentials?|pin(?: code)?|passw(?:ö|oe)rter|passwort|kennwort|zugangsdaten|mot de passe|mdp|contraseña|clave|senha|password|parola(?: d.ordine)?|wachtwoord|lösenord(?:et)?|passord(?:et)?|adgangskode(?:n)?|salasana|hasło|heslo|şifre(?:si)?|пароль|пароля|パスワード|暗証番号|密码|密碼|口令|비밀번호|암호)';

/** Between the name and the verb: what it is for. */
const FOR =
  '(?:[ \\t]+(?:for|of|to|on|in|at|von|für|fuer|zu|zum|zur|der|des|pour|de|du|la|le|para|do|da|di|del|dello|della|per|voor|van|till|til|för|for|på|do|dla|do|для|от|к)[ \\t]+[^.,;:\\n"\'`]{1,40}?)?';

/** `is`, `lautet`, `est`, …, a colon or an arrow. */
const IS =
  '(?:[ \\t]+(?:is|was|are|will be|should be|=|:|->|→|ist|lautet|war|heißt|est|c.est|sera|es|era|é|è|será|sarà|eh|jest|to|brzmi|je|är|er|on|это|будет|nosi)(?:[ \\t]+(?:now|set to|still|jetzt|nun|just|simply))?|[ \\t]{0,2}(?:[=:：→]|->)|[はが]|是|为|為|은|는|:)';

/** A name, what it is for, a verb; and the word behind it. */
const TOLD = lazy(
  () =>
    new RegExp(
      `(?<![\\p{L}\\d_-])${NAME}${FOR}${IS}[ \\t]{0,3}(?:["'\`“”„«‘’「『*]{0,3})([^\\s"'\`“”„«»‘’」』]{4,128})`,
      'giu',
    ),
);

/** `password Hunter2Battery9`, `Passwort Hunter2Battery9`, `login me password x`: no verb, so the word itself has to show it. */
const NAMED = lazy(
  () =>
    /(?<![\p{L}\d_-])(?:password|passphrase|passwd|passwort|kennwort|contraseña|senha|wachtwoord|пароль|pw)[ \t]+["'`“„«]?([^\s"'`“”„«»]{6,128})/giu,
);

/** `admin / Hunter2Battery9`, `user admin with Hunter2Battery9`: a name and what follows it, where somebody logs in. */
const LOGIN = lazy(
  () =>
    /(?<![\p{L}\d_-])(?:log(?:ged)? ?in|sign(?:ed)? ?in|credentials?|creds|login|account|user(?:name)?|zugang(?:sdaten)?|anmelden|anmeldung|melde dich|connecte-toi|identifiants?|usuario|accede)\b[^\n]{0,50}?(?:[ \t:]|as |with |mit |als |avec |con )["'`]?[\w.@+-]{2,60}["'`]?[ \t]{0,2}(?:\/|:|,|with|and|mit|und|avec|et|con|y|\|)[ \t]{0,2}["'`]?([^\s"'`,;]{6,128})/giu,
);

/** `admin / Hunter2Battery9 to log in`. */
const TO_LOG_IN = lazy(
  () =>
    /(?<![\w/])[\w.@+-]{2,60}[ \t]?[/:,][ \t]?["'`]?([^\s"'`,;]{6,128})(?=["'`]?[^\n]{0,20}\b(?:log|sign)[ -]?in\b)/giu,
);

/** Twelve to twenty-four words that give back a wallet. */
const MNEMONIC = lazy(
  () =>
    /((?:seed|recovery|backup|mnemonic|secret)[ _-]?(?:phrase|words)?["']?(?:[ \t]{1,3}(?:is|are|was))?[ \t]{0,3}[:="']{0,3}[ \t]{0,3})((?:[a-z]{3,8}[ \t]){11,23}[a-z]{3,8})/gi,
);

const SAID =
  /pass|pwd|pw|token|key|secret|credential|pin|kennwort|zugang|mot de|mdp|contrase|clave|senha|parola|wachtwoord|lösenord|adgangskode|salasana|hasło|heslo|şifre|парол|パスワード|暗証|密[码碼]|口令|비밀|암호/;
const MAY_LOG_IN =
  /log ?in|sign ?in|logged in|signed in|cred|account|user|anmeld|identifiant|usuario|accede/;

/** `text` without the passwords and keys that its sentences tell. The word must look like one: "the password is wrong" stays. */
export function redactSentences(text: string, lower: string): string {
  let clean = text;
  if (SAID.test(lower)) {
    clean = clean.replace(TOLD(), (all: string, word: string) => cut(all, word, isTold(word)));
    clean = clean.replace(NAMED(), (all: string, word: string) => cut(all, word, isStrong(word)));
  }
  if (/(?:log|sign)[ -]?in/.test(lower))
    clean = clean.replace(TO_LOG_IN(), (all: string, word: string) =>
      cut(all, word, isStrong(word)),
    );
  if (MAY_LOG_IN.test(lower))
    clean = clean.replace(LOGIN(), (all: string, word: string) => cut(all, word, isStrong(word)));
  return /seed|mnemonic|recovery/.test(lower) ? clean.replace(MNEMONIC(), `$1${REDACTED}`) : clean;
}

function cut(all: string, word: string, isSecret: boolean): string {
  if (!isSecret) return all;
  const end = /[.,;:!?)\]}*]*$/.exec(word)?.[0] ?? '';
  return all.slice(0, all.length - word.length) + REDACTED + (end === word ? '' : end);
}

function bare(word: string): string {
  return word.replace(/[.,;:!?)\]}*]+$/, '');
}

function isTold(word: string): boolean {
  return looksLikePassword(bare(word)) || looksRandom(bare(word));
}

/** Nothing but the word says it: long, with letters of both cases and a digit, or with a sign among them. */
function isStrong(word: string): boolean {
  const core = bare(word);
  return (
    core.length >= 8 &&
    looksLikePassword(core) &&
    /\d/.test(core) &&
    ((/[a-z]/.test(core) && /[A-Z]/.test(core)) || /[!#$%^&*+=?@]/.test(core)) &&
    !/[/\\<>(){}]|::/.test(core)
  );
}
