/** Changes when a key changes its name or meaning; docs/JSON.md. */
export const SWEEP_SCHEMA = 'swizzle/sweep/1';

/** The same before a sweep: `--dry-run --json`. */
export const SWEEP_PLAN_SCHEMA = 'swizzle/sweep-plan/1';
