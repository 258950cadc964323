/**
 * What the library's rules start from, without their word boundaries, so that this flags a little more than they find and never less.
 * A rule that an upgrade adds needs its line here; a test compares the list of rules.
 */
const STARTS = new RegExp(
  [
    /[Ss](?:ecret|ECRET)_?(?:access|Access|ACCESS)_?(?:key|Key|KEY)["']?\s*(?::|=>|=)\s*["']?[A-Za-z0-9/+=]{40}/, // aws
    /PRIVATE KEY/, // gcp, privatekey
    /npm_\w{36}|:x-oauth-basic@/, // npm
    /(?:https?|ftps?):\/\/[-\w]{1,256}:[-\w]{1,256}@/, // basicauth
    /xox[bpaor]-|xapp-|[Hh][Oo]{2}[Kk][Ss]\.[Ss][Ll][Aa][Cc][Kk]\.[Cc][Oo][Mm]\//, // slack
    /SG\.[\w.-]{66}/, // sendgrid
    /shp(?:pa|ca|at|ss)_[A-Za-z0-9]{32}/, // shopify
    /gh[pousr]_\w{36}|github_pat_\w{82}/, // github
    /T3BlbkFJ/, // openai
    /sk-ant-api0/, // anthropic
    /lin_api_\w{32}/, // linear
    /ops_ey/, // 1password
  ]
    .map((start) => start.source)
    .join('|'),
);

/** Connection strings; one that was redacted already needs no second look. */
const DATABASE =
  /(?:mongodb(?:\+srv)?|mysqlx?|postgres(?:ql)?):\/\/[^:/\s]{1,100}:(?!\[redacted\]@)[^@/\s]{1,200}@/i;

/** Whether the library's rules could find a secret in `text`: true for everything they find, false for nearly everything else. Linear. */
export function mayHoldSecret(text: string): boolean {
  return STARTS.test(text) || DATABASE.test(text);
}
