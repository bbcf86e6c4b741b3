/** Where variables get their values from. */
export interface Environment {
  /** The value of the variable `name`, or undefined where it is not set. */
  get(name: string): string | undefined;
}

/** An environment without variables. */
export const emptyEnvironment: Environment = { get: () => undefined };
