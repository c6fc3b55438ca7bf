import type * as PlotModule from '@observablehq/plot';
import { STANDALONE_STYLE } from './theme.ts';

/** The parts of the DOM that drawing needs; the project has no browser's types. */
export interface SvgElement {
  textContent: string | null;
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  querySelector(selector: string): SvgElement | null;
  querySelectorAll(selector: string): Iterable<SvgElement>;
  getAttribute(name: string): string | null;
  append(...children: SvgElement[]): void;
  prepend(...children: SvgElement[]): void;
  remove(): void;
}

interface SvgDocument {
  createElementNS(namespace: string, name: string): SvgElement;
}

const SVG = 'http://www.w3.org/2000/svg';

/** A new SVG element. */
export function svgElement(
  { document }: Drawing,
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  text = '',
): SvgElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.textContent = text;
  return element;
}

/** The plotting library, with a document that exists without a browser. */
export interface Drawing {
  readonly Plot: typeof PlotModule;
  readonly document: SvgDocument;
}

/** Loads both; only a report needs them. */
export async function loadDrawing(): Promise<Drawing> {
  const [Plot, { parseHTML }] = await Promise.all([import('@observablehq/plot'), import('linkedom')]);
  return { Plot, document: parseHTML('<html><body></body></html>').document };
}

/** What a plot has beside its marks. */
type PlotLayout = Omit<PlotModule.PlotOptions, 'document' | 'className'>;

/** Draws a plot as an SVG document: colours follow the page around it, or the reader's light or dark mode where it stands alone. */
export function drawChart(drawing: Drawing, about: Omit<Chart, 'svg'>, layout: PlotLayout): Chart {
  const { Plot, document } = drawing;
  const svg: SvgElement = Plot.plot({ ...layout, document, className: 'plot' });
  svg.querySelector('style')?.remove();
  svg.removeAttribute('style');
  svg.setAttribute('xmlns', SVG);
  const links = [...svg.querySelectorAll('a')];
  // a chart is one Tab stop; arrow keys go from point to point (page-script.ts)
  for (const [index, link] of links.entries()) link.setAttribute('tabindex', index === 0 ? '0' : '-1');
  for (const link of links) link.setAttribute('aria-label', nameOf(link));
  // labels of groups are for styles, not for people
  for (const group of svg.querySelectorAll('g[aria-label]')) {
    group.setAttribute('data-part', group.getAttribute('aria-label') ?? '');
    group.removeAttribute('aria-label');
  }
  // an image has nothing inside that can be pointed at
  svg.setAttribute('role', links.length > 0 ? 'group' : 'img');
  svg.setAttribute('aria-label', `${about.title}. ${about.caption}`);
  svg.prepend(svgElement(drawing, 'style', {}, STANDALONE_STYLE));
  return { ...about, svg: svg.outerHTML };
}

/** What a point's tooltip says, on one line. */
function nameOf(link: SvgElement): string {
  return (link.querySelector('title')?.textContent ?? 'variant').replaceAll('\n', ', ');
}

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
