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
