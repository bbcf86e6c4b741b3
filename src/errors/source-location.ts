/** Where in a Dockerfile something is: 1-based line numbers, both inclusive. */
export interface SourceLocation {
  /** The Dockerfile's name as the user knows it. */
  readonly file: string;
  readonly firstLine: number;
  readonly lastLine: number;
}
