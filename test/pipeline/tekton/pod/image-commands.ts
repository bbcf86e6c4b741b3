import type { EnvironmentVariable, Step } from "../manifests.ts";

/** What an image in the registry says of its command, for each platform such as `linux/amd64`. */
export interface ImageCommands {
  readonly digest: string;
  readonly platforms: Readonly<
    Record<string, { readonly entrypoint?: readonly string[]; readonly cmd?: readonly string[] }>
  >;
}

/** How a step's container starts. */
export interface StepCommand {
  readonly image: string;
  readonly argv: readonly string[];
  readonly env: readonly EnvironmentVariable[];
}

/** Finds the commands of the steps of one pod. */
export class ImageLookup {
  readonly #images: ReadonlyMap<string, ImageCommands>;
  readonly #found = new Map<string, StepCommand>();

  constructor(images: ReadonlyMap<string, ImageCommands>) {
    this.#images = images;
  }

  /**
   * A step's command and arguments. Without a command the image is asked, once for all steps that use
   * it: if the first of them has arguments, none gets the image's own.
   * @throws Error for an image that the registry does not hold
   */
  commandOf(step: Step, index: number): StepCommand {
    const { image = "", command = [], args = [], script } = step;
    if (script !== undefined) {
      return { image, argv: [`/tekton/scripts/script-${index}-RANDOM`, ...args], env: [] };
    }
    if (command.length > 0) return { image, argv: [...command, ...args], env: [] };
    const found = this.#found.get(image) ?? this.#lookUp(image, args.length > 0);
    this.#found.set(image, found);
    return { ...found, argv: args };
  }

  #lookUp(image: string, hasArguments: boolean): StepCommand {
    const held = this.#images.get(image);
    if (held === undefined) throw new Error(`the registry has no image ${image}`);
    const commands = Object.entries(held.platforms).map(([platform, { entrypoint, cmd }]) => [
      platform,
      [...(entrypoint ?? []), ...(hasArguments ? [] : (cmd ?? []))],
    ]);
    const value = JSON.stringify(Object.fromEntries(commands));
    const repository = image.replace(/:[^:/]*$/, "");
    return {
      image: `${repository}@${held.digest}`,
      argv: [],
      env: [{ name: "TEKTON_PLATFORM_COMMANDS", value }],
    };
  }
}
