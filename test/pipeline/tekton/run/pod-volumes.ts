import { chmodSync, chownSync, mkdirSync, statSync } from "node:fs";
import path from "node:path";
import type { StepMount } from "../step-container.ts";
import { type KubeletFile, writeKubeletFiles } from "./kubelet-files.ts";

/** Values by key, as in a Secret or ConfigMap. */
export type Keys = Readonly<Record<string, string>>;

/** What there is for the volumes of a pod to hold. */
export interface VolumeContents {
  /** Directories of this machine, by the claim that stands for them. */
  readonly claims?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, Keys>>;
  readonly configMaps?: Readonly<Record<string, Keys>>;
}

/** Where something of a volume is on this machine. */
export interface MountedPlace {
  readonly place: string;
  readonly readOnly: boolean;
}

/** A volume's source that names an object with keys, in its own volume or in a projected one. */
interface KeysSource {
  /** A ConfigMap's name. */
  readonly name?: string;
  readonly secretName?: string;
  readonly optional?: boolean;
  readonly items?: readonly {
    readonly key: string;
    readonly path: string;
    readonly mode?: number;
  }[];
}

/** The mode of files where the volume does not say. */
const plainMode = 0o644;

/** The volumes of one pod as directories of this machine. Each is made when it is first mounted. */
export class PodVolumes {
  readonly #directory: string;
  readonly #contents: VolumeContents;
  /** The machine's id of who is root in the pod. */
  readonly #root: number;
  readonly #made = new Map<string, MountedPlace>();

  /** `directory` is an empty one for them. */
  constructor(directory: string, contents: VolumeContents, root: number) {
    this.#directory = directory;
    this.#contents = contents;
    this.#root = root;
  }

  /**
   * Where the volume of a mount is, or the part that it mounts. The kubelet mounts what it makes of
   * objects of the cluster only for reading, whatever the mount says.
   *
   * @throws Error for volumes of kinds, or with contents, that are not here.
   */
  mounted({ volume, source, subPath, readOnly }: StepMount): MountedPlace {
    const whole = this.#made.get(volume) ?? this.#make(volume, source);
    this.#made.set(volume, whole);
    const place = path.join(whole.place, subPath ?? "");
    if (statSync(place, { throwIfNoEntry: false }) === undefined) {
      mkdirSync(place, { recursive: true });
      chmodSync(place, statSync(whole.place).mode);
      chownSync(place, this.#root, this.#root);
    }
    return { place, readOnly: readOnly || whole.readOnly };
  }

  #make(volume: string, source: StepMount["source"]): MountedPlace {
    const claim = source["persistentVolumeClaim"] as { claimName: string } | undefined;
    if (claim !== undefined) {
      const place = found("claim", claim.claimName, this.#contents.claims);
      return { place, readOnly: false };
    }
    const place = path.join(this.#directory, volume);
    mkdirSync(place);
    chmodSync(place, 0o777);
    chownSync(place, this.#root, this.#root);
    if ("emptyDir" in source) return { place, readOnly: false };
    writeKubeletFiles(place, this.#files(source), this.#root);
    return { place, readOnly: true };
  }

  #files(volume: StepMount["source"]): readonly KubeletFile[] {
    const [[kind, content] = ["none", {}]] = Object.entries(volume) as [string, object][];
    const { defaultMode = plainMode } = content as { defaultMode?: number };
    if (kind === "secret" || kind === "configMap") {
      const source = content as KeysSource;
      const name = source.secretName ?? source.name ?? "";
      const all = kind === "secret" ? this.#contents.secrets : this.#contents.configMaps;
      const none = source.optional === true ? { [name]: {} } : {};
      return filesOf(source, defaultMode, found(kind, name, { ...none, ...all }));
    }
    if (kind === "projected") {
      const { sources } = content as { sources: readonly Record<string, object>[] };
      return sources.flatMap((one) => {
        const [[inner, own] = ["none", {}]] = Object.entries(one);
        return this.#files({ [inner]: { defaultMode, ...own } });
      });
    }
    if (kind === "downwardAPI") {
      const { items } = content as { items: readonly { path: string }[] };
      // Tekton asks for its own annotation only, which is set when all sidecars are ready.
      return items.map((item) => ({ path: item.path, text: "READY", mode: defaultMode }));
    }
    if (kind === "serviceAccountToken") {
      const { path: name } = content as { path: string };
      return [{ path: name, text: "the pod's own token\n", mode: defaultMode }];
    }
    throw new Error(`volumes of the kind ${kind} are not emulated`);
  }
}

function filesOf(source: KeysSource, mode: number, keys: Keys): readonly KubeletFile[] {
  const items = source.items ?? Object.keys(keys).map((key) => ({ key, path: key }));
  return items.map((item) => ({
    path: item.path,
    text: found("key", item.key, keys),
    mode: "mode" in item ? (item.mode ?? mode) : mode,
  }));
}

function found<Value>(
  kind: string,
  name: string,
  all: Readonly<Record<string, Value>> | undefined,
): Value {
  const value = all?.[name];
  if (value === undefined) throw new Error(`there is no ${kind} named ${name}`);
  return value;
}
