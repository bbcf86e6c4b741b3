import { writeFileSync } from "node:fs";

/**
 * Writes `N/M` to a file, as Argo reads it
 * (https://argo-workflows.readthedocs.io/en/latest/progress/). That it cannot be written is no reason
 * to fail.
 */
export function progressFile(path: string): (done: number, total: number) => void {
  return (done, total) => {
    try {
      writeFileSync(path, `${done}/${total}`);
    } catch {
      // Progress is for the eye.
    }
  };
}
