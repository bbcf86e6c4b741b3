/** Told how many of all steps are done. */
export type ReportProgress = (done: number, total: number) => void;

/** Counts the steps of a build. What comes after them all, bringing the image away, is one more. */
export class Progress {
  readonly #report: ReportProgress;
  #done = 0;
  #total: number;

  constructor(steps: number, report: ReportProgress) {
    this.#report = report;
    this.#total = steps + 1;
    report(0, this.#total);
  }

  /** Says that there are more steps than the Dockerfile has: triggers of a base image. */
  expect(count: number): void {
    this.#total += count;
  }

  /** Says that all is done; some steps may have turned out to be needless. */
  finish(): void {
    this.#done = this.#total;
    this.#report(this.#done, this.#total);
  }

  stepDone(): void {
    this.#done += 1;
    this.#report(this.#done, this.#total);
  }
}
