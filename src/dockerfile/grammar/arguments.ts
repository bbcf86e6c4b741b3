import type { KeyValue } from "../instruction.ts";
import { isSpace, trimSpace, trimSpaceStart } from "../white-space.ts";
import { splitFlags } from "./flag-words.ts";
import { readJsonForm } from "./json-form.ts";
import { readKeyValues } from "./key-values.ts";
import { splitFirstWord, splitQuotedWords, splitWords } from "./words.ts";

/** The arguments of an instruction, before they get a meaning. */
export interface Arguments {
  /** The words, or the whole text as one, as the instruction's form has it. */
  readonly words: readonly string[];
  /** Whether they were given as a JSON array. */
  readonly json: boolean;
  /** The pairs of ENV and LABEL, which have no words. */
  readonly pairs: readonly KeyValue[];
}

type Form = (text: string, escape: string) => Arguments;

const none: Arguments = { words: [], json: false, pairs: [] };

const forms: Readonly<Record<string, Form>> = {
  ADD: readJsonOrWords,
  ARG: (text, escape) => ofWords(splitQuotedWords(text, escape)),
  CMD: readJsonOrText,
  COPY: readJsonOrWords,
  ENTRYPOINT: readJsonOrText,
  ENV: (text, escape) => ({ ...none, pairs: readKeyValues(text, "ENV", escape) }),
  EXPOSE: (text) => ofWords(splitWords(text)),
  FROM: (text) => ofWords(splitWords(text)),
  HEALTHCHECK: readHealthcheck,
  LABEL: (text, escape) => ({ ...none, pairs: readKeyValues(text, "LABEL", escape) }),
  MAINTAINER: readText,
  ONBUILD: readTrigger,
  RUN: readJsonOrText,
  SHELL: readJsonOrText,
  STOPSIGNAL: readText,
  USER: readText,
  VOLUME: readJsonOrWords,
  WORKDIR: readText,
};

/** The keywords of all instructions, in alphabetical order. */
export const keywords: readonly string[] = Object.keys(forms);

/**
 * Reads the arguments of the instruction `keyword`, in capitals, from the text behind its flags.
 * An unknown instruction has none.
 * @throws DOCKERFILE_SYNTAX for a JSON array or pair that is malformed
 */
export function readArguments(keyword: string, text: string, escape: string): Arguments {
  return forms[keyword]?.(text, escape) ?? none;
}

function ofWords(words: readonly string[]): Arguments {
  return { ...none, words };
}

function readText(text: string): Arguments {
  return ofWords(text === "" ? [] : [text]);
}

function readJsonOrText(text: string): Arguments {
  const words = readJsonForm(text);
  return words === undefined ? readText(text) : { ...none, words, json: true };
}

function readJsonOrWords(text: string): Arguments {
  const words = readJsonForm(text);
  return words === undefined ? ofWords(splitWords(text)) : { ...none, words, json: true };
}

/** The kind of the check, and then its command as text or JSON. */
function readHealthcheck(text: string): Arguments {
  let end = 0;
  while (end < text.length && !isSpace(text.charAt(end))) end++;
  if (end === 0) return none;
  const command = readJsonOrText(trimSpaceStart(text.slice(end)));
  return { ...command, words: [text.slice(0, end), ...command.words] };
}

/** The trigger's keyword and words. Its own grammar is checked here, its meaning only when used. */
function readTrigger(text: string, escape: string): Arguments {
  const outer: string[] = [];
  for (let rest = text; rest !== ""; ) {
    const [keyword, operands = ""] = splitFirstWord(rest);
    outer.push(keyword);
    rest = trimSpace(splitFlags(operands).rest);
    if (keyword.toUpperCase() === "ONBUILD") continue;
    const trigger = readArguments(keyword.toUpperCase(), rest, escape);
    return { ...trigger, pairs: [], words: [...outer, ...trigger.words] };
  }
  return ofWords(outer);
}
