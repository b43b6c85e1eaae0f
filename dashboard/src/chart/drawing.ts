import type uPlot from 'uplot';

/** The value of a custom property, such as --critical. */
export type Colour = (name: string) => string;

export const FONT_FAMILY = 'system-ui, sans-serif';

/** The colours of the current theme. */
export function readColours(): Colour {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(name).trim();
}

/** Clips drawing to the area inside the axes. */
export function clipped({ ctx, bbox }: uPlot, draw: () => void): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw();
  ctx.restore();
}

/** The width of the widest text, in CSS pixels. @param font of 12 px, for example */
export function widestOf(context: CanvasRenderingContext2D, font: string, texts: readonly string[]): number {
  context.save();
  context.font = font;
  const widest = Math.max(0, ...texts.map((text) => context.measureText(text).width));
  context.restore();
  return Math.ceil(widest);
}
