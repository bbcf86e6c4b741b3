import { redact } from "../../errors/redact.ts";
import type { Setting } from "../flag-values.ts";

/** What a pipeline and its user say to a build. */
export interface PipelineReport {
  /** The engine that this process is a step of; null for none. */
  readonly engine: "tekton" | "argo" | null;
  /** Flags that are not left to their defaults. */
  readonly settings: readonly ShownSetting[];
}

/** A flag's value, and where it is from. */
export interface ShownSetting {
  readonly flag: string;
  readonly value: string;
  /** `flag`, a variable, or what of the engine it was. */
  readonly from: string;
}

/** A setting without what may be secret: of build arguments only the names are shown. */
export function shownSetting({ name, origin, texts }: Setting): ShownSetting {
  const shown = name === "build-arg" ? texts.map(nameOf) : texts;
  return { flag: `--${name}`, value: redact(shown.join(" ")), from: origin };
}

function nameOf(text: string): string {
  const [name = ""] = text.split("=", 1);
  return text === name ? name : `${name}=...`;
}
