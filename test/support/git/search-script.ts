/** Looks for words in the environment of all processes and in all files; they are given backwards, so as not to find them there. */
export const searchScript = `#!/bin/sh
for given in "$@"; do
  word=$(echo "$given" | rev)
  for place in /proc/*/environ; do
    if [ -r "$place" ] && cat "$place" 2>/dev/null | grep -q "$word"; then echo "found in $place"; exit 1; fi
  done
  for place in /*; do
    case "$place" in /bin|/proc|/sys|/dev) continue ;; esac
    if grep -r -l "$word" "$place" 2>/dev/null | grep .; then exit 1; fi
  done
done
echo searched
`;

/** A word as the script takes it. */
export function backwards(text: string): string {
  return Array.from(text).toReversed().join("");
}
