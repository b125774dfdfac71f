// @vitest-environment node
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('../src/style/tokens.css', import.meta.url), 'utf8');

/** The colours of a theme: those of `:root`, which is the light one, and over them the theme's own. */
function colours(theme: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, selector = '', body = ''] of css.matchAll(/(:root[^{]*)\{([^}]*)\}/g)) {
    if (selector.trim() !== ':root' && !selector.includes(`'${theme}'`)) continue;
    for (const [, name = '', value = ''] of body.matchAll(/--([a-z-]+):\s*(#[0-9a-f]{6})/g)) found.set(name, value);
  }
  return found;
}

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

export function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const TEXT: [string, string][] = [
  ['ink', 'paper'],
  ['ink', 'sheet'],
  ['ink', 'accent-soft'],
  ['ink', 'warn-soft'],
  ['ink', 'bad-soft'],
  ['ink-soft', 'paper'],
  ['ink-soft', 'sheet'],
  ['ink-soft', 'accent-soft'],
  ['accent', 'sheet'],
  ['accent', 'paper'],
  ['accent-ink', 'accent'],
  ['yes', 'sheet'],
  ['yes', 'accent-soft'],
  ['partly', 'sheet'],
  ['no', 'sheet'],
  ['on-mark', 'yes'],
  ['on-mark', 'partly'],
  ['on-mark', 'no'],
  ['on-mark', 'aside'],
];
const CONTROLS: [string, string][] = [
  ['edge', 'sheet'],
  ['edge', 'paper'],
  ['accent', 'accent-soft'],
  ['focus', 'sheet'],
  ['focus', 'paper'],
  ['aside', 'sheet'],
];

describe.each(['light', 'dark', 'contrast'])('the colours of the theme %s', (theme) => {
  const of = colours(theme);
  it.each(TEXT)('%s on %s can be read', (ink, ground) => {
    expect(contrast(of.get(ink) ?? '', of.get(ground) ?? '')).toBeGreaterThanOrEqual(4.5);
  });
  it.each(CONTROLS)('%s on %s can be seen', (ink, ground) => {
    expect(contrast(of.get(ink) ?? '', of.get(ground) ?? '')).toBeGreaterThanOrEqual(3);
  });
});

it('measures as WCAG does', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
});
