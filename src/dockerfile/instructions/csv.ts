import { syntaxError } from "../syntax-error.ts";

interface Field {
  readonly text: string;
  /** The index of the comma behind it, or the line's length. */
  readonly end: number;
}

/**
 * Splits one line of comma-separated values; a field may stand in double quotes, where `""` is
 * one of them (RFC 4180). `what` names the line in messages.
 * @throws DOCKERFILE_SYNTAX for an empty line, and for a quote that stands elsewhere
 */
export function splitCsv(line: string, what: string): string[] {
  const problem = (index: number, reason: string): Error => {
    const column = Buffer.byteLength(line.slice(0, index)) + 1;
    return syntaxError(
      `failed to parse csv ${what}: parse error on line 1, column ${column}: ${reason}`,
    );
  };
  if (line === "") throw syntaxError(`failed to parse csv ${what}: EOF`);
  const fields: string[] = [];
  for (let position = 0; position <= line.length; position++) {
    const read = line[position] === '"' ? readQuoted : readPlain;
    const field = read(line, position, problem);
    fields.push(field.text);
    position = field.end;
  }
  return fields;
}

type Problem = (index: number, reason: string) => Error;

function readPlain(line: string, start: number, problem: Problem): Field {
  const comma = line.indexOf(",", start);
  const end = comma < 0 ? line.length : comma;
  const text = line.slice(start, end);
  const quote = text.indexOf('"');
  if (quote >= 0) throw problem(start + quote, 'bare " in non-quoted-field');
  return { text, end };
}

function readQuoted(line: string, start: number, problem: Problem): Field {
  let text = "";
  for (let position = start + 1; ; ) {
    const quote = line.indexOf('"', position);
    const after = quote < 0 ? undefined : line[quote + 1];
    text += line.slice(position, quote < 0 ? line.length : quote);
    if (quote >= 0 && (after === undefined || after === ",")) return { text, end: quote + 1 };
    if (after !== '"') {
      throw problem(quote < 0 ? line.length : quote, 'extraneous or missing " in quoted-field');
    }
    text += '"';
    position = quote + 2;
  }
}
