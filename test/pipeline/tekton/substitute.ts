/** What a parameter or a result can hold. */
export type ParamValue = string | readonly string[] | Readonly<Record<string, string>>;

/** What `$(...)` stands for: the keys are what is between the brackets. */
export interface Replacements {
  readonly texts: ReadonlyMap<string, string>;
  /** Only where the reference is all there is of a list's element. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
  /** Only where the reference is all there is of a parameter's value. */
  readonly objects: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** Replacements by texts alone. */
export function textReplacements(texts: Iterable<readonly [string, string]>): Replacements {
  return { texts: new Map(texts), lists: new Map(), objects: new Map() };
}

/** Tekton's three ways to write the name in a reference, such as `params.x` and `params["x"]`. */
export function spellings(prefix: string, name: string, rest = ""): string[] {
  return [`${prefix}.${name}${rest}`, `${prefix}["${name}"]${rest}`, `${prefix}['${name}']${rest}`];
}

/**
 * The replacements for values by their names: texts as `prefix.name`, lists also whole (`[*]`) and by
 * their index, objects by their keys, for which Tekton knows no spelling but dots.
 */
export function valueReplacements(
  prefix: string,
  values: Iterable<readonly [string, ParamValue]>,
): Replacements {
  const texts = new Map<string, string>();
  const lists = new Map<string, readonly string[]>();
  const objects = new Map<string, Readonly<Record<string, string>>>();
  for (const [name, value] of values) {
    for (const key of spellings(prefix, name)) {
      if (typeof value === "string") texts.set(key, value);
      else if (isList(value)) {
        lists.set(key, value).set(`${key}[*]`, value);
        for (const [index, element] of value.entries()) texts.set(`${key}[${index}]`, element);
      } else objects.set(key, value).set(`${key}[*]`, value);
    }
    if (typeof value === "string" || isList(value)) continue;
    for (const [member, text] of Object.entries(value)) {
      texts.set(`${prefix}.${name}.${member}`, text);
    }
  }
  return { texts, lists, objects };
}

/** Whether a value is a list. */
export function isList(value: ParamValue): value is readonly string[] {
  return Array.isArray(value);
}

/** Replaces in one pass: what a value brings in is not looked at again. Unknown references stay. */
function replaceText(text: string, { texts }: Replacements): string {
  return text.replace(/\$\(([^()]+)\)/g, (whole, key: string) => texts.get(key) ?? whole);
}

/** Replaces in a list: an element that is nothing but a reference to a list becomes its elements. */
function replaceList(list: readonly string[], replacements: Replacements): string[] {
  return list.flatMap(
    (element) =>
      replacements.lists.get(referenceIn(element)) ?? [replaceText(element, replacements)],
  );
}

/** Replaces in a parameter's value, which may become a list or an object. */
export function replaceValue(value: ParamValue, replacements: Replacements): ParamValue {
  if (isList(value)) return replaceList(value, replacements);
  if (typeof value === "string") {
    const key = referenceIn(value);
    const whole = replacements.lists.get(key) ?? replacements.objects.get(key);
    return whole ?? replaceText(value, replacements);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, text]) => [key, replaceText(text, replacements)]),
  );
}

/** Replaces in every text of a manifest's part, however deep. */
export function replaceIn<Part>(part: Part, replacements: Replacements): Part {
  return replaced(part, replacements) as Part;
}

function replaced(part: unknown, replacements: Replacements): unknown {
  if (typeof part === "string") return replaceText(part, replacements);
  if (Array.isArray(part)) {
    if (part.every(isText)) return replaceList(part, replacements);
    return part.map((element) => replaced(element, replacements));
  }
  if (typeof part !== "object" || part === null) return part;
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => [key, replaced(value, replacements)]),
  );
}

/** What is between the brackets of a text that is nothing but a reference, else nothing. */
function referenceIn(text: string): string {
  return /^\$\(([^()]+)\)$/.exec(text)?.[1] ?? "";
}

/** Whether a value is a text. */
export function isText(value: unknown): value is string {
  return typeof value === "string";
}
