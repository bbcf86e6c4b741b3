// Up to the last @ of the authority: passwords with an unescaped @ are hidden as a whole.
const userInfo = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/]+@/gi;
const authorization =
  /\b(authorization|proxy-authorization|x-registry-auth)(["']?\s*[:=]\s*["']?)(?:(?:basic|bearer)\s+)?[^\s"',]+/gi;
const bearer = /\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi;
const query = /([?&])([^=&\s#"']+)=([^&\s#"']*)/g;
// Values of other parameters are hidden: a list of what is known to be harmless cannot be outrun by a new secret.
const harmless = new Set([
  "scope",
  "service",
  "digest",
  "mount",
  "from",
  "n",
  "last",
  "platform",
  "ns",
  "state",
  "ref",
]);

/**
 * Returns `text` without what must not be shown: user information and unknown query values of
 * URLs, authorization headers and bearer tokens, and control characters other than newline and tab.
 */
export function redact(text: string): string {
  return text
    .replace(userInfo, "$1***@")
    .replace(authorization, "$1$2***")
    .replace(bearer, "$1 ***")
    .replace(query, (whole: string, mark: string, name: string) =>
      harmless.has(name.toLowerCase()) ? whole : `${mark}${name}=***`,
    )
    .replace(/[^\P{Cc}\n\t]/gu, "\uFFFD");
}
