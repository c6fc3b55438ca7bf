/** A picture of the report. */
export interface Chart {
  /** File name without ending, and the figure's id. */
  readonly id: string;
  readonly title: string;
  /** One sentence that says how to read it; also the text for those who cannot see it. */
  readonly caption: string;
  /** A whole SVG document. */
  readonly svg: string;
}

/** Address inside the page of a variant's recipe. */
export function recipeAnchor(variant: string): string {
  return `recipe-${variant.replace(/[^A-Za-z0-9_-]/g, '.')}`;
}

/** Up to four significant digits. */
export function formatNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}
