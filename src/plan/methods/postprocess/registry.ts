import { lines } from './lines.ts';
import type { Postprocess } from './postprocess.ts';
import { svc } from './svc.ts';

/** All passes after a merge. A new one is a file in this folder and a line here. */
export const POSTPROCESSES: readonly Postprocess[] = [svc, lines];
