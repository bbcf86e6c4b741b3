/**
 * JSON as Go's encoder writes it: `<`, `>`, `&`, U+2028 and U+2029 are escaped too, so that pages
 * and scripts of the web can hold it.
 */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
