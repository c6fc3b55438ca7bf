import type { ConfigReader } from './config.ts';

/** What a family's file makes a program from. */
export interface ProgramSource {
  readonly config: ConfigReader;
  /** Whether the model has a tensor of that name. */
  has(tensor: string): boolean;
}
