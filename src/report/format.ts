type Scalar = number | string | boolean;
type Assignment = Readonly<Record<string, Scalar>>;

/**
 * Names for people, in order: "base .67 · python .17 · c .17". As few digits, from two on, as keep the values of a
 * parameter apart; folders keep the long names.
 */
export function shortNames(assignments: readonly Assignment[]): string[] {
  const digits = new Map<string, number>();
  for (const name of new Set(assignments.flatMap((one) => Object.keys(one)))) {
    const values = new Set(assignments.flatMap((one) => (typeof one[name] === 'number' ? [one[name]] : [])));
    digits.set(name, digitsFor([...values]));
  }
  return assignments.map((one) => {
    const parts = Object.entries(one).map(([name, value]) => `${name} ${shortValue(value, digits.get(name) ?? 2)}`);
    return parts.join(' · ');
  });
}

/** Significant digits that keep all values apart. */
function digitsFor(values: readonly number[]): number {
  for (let digits = 2; digits < 6; digits++) {
    if (new Set(values.map((value) => value.toPrecision(digits))).size === values.length) return digits;
  }
  return 6;
}

function shortValue(value: Scalar, digits: number): string {
  if (typeof value !== 'number') return String(value);
  return String(Number(value.toPrecision(digits))).replace(/^(-?)0\./, '$1.');
}

/** Writes scores of one metric with the same number of decimals: as many as show differences of a thousandth of their range. */
export function scoreFormat(values: readonly number[]): (value: number) => string {
  const finite = values.filter((value) => Number.isFinite(value));
  const range = finite.length > 1 ? Math.max(...finite) - Math.min(...finite) : Math.abs(finite[0] ?? 0);
  const decimals = range > 0 ? 3 - Math.floor(Math.log10(range)) : 3;
  const count = Math.max(0, Math.min(8, decimals));
  return (value) => value.toFixed(count);
}

/** A difference with its sign: "−0.0041". */
export function signed(text: string): string {
  return text.startsWith('-') ? `−${text.slice(1)}` : `+${text}`;
}
