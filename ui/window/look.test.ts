import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tablet } from './tablet.ts';
import { Workspace } from './workspace.ts';

/** Every screen in every language, light and dark, on a tablet held both ways: pictures to look at, and what can be measured, measured. */
let work: Workspace;
let tablet: Tablet;

beforeAll(async () => {
  work = await Workspace.make();
  tablet = work.first;
  await tablet.on();
});
afterAll(() => work.end());

interface Looks {
  ui: 'kk' | 'ru' | 'en';
  theme: 'light' | 'dark' | 'contrast';
  size: 100 | 200;
  wide: number;
  high: number;
}
const LOOKS: Looks[] = [
  { ui: 'kk', theme: 'light', size: 100, wide: 1280, high: 800 },
  { ui: 'ru', theme: 'dark', size: 100, wide: 800, high: 1280 },
  { ui: 'en', theme: 'contrast', size: 100, wide: 1280, high: 800 },
  { ui: 'kk', theme: 'dark', size: 200, wide: 800, high: 1280 },
  { ui: 'ru', theme: 'light', size: 200, wide: 1280, high: 800 },
  { ui: 'kk', theme: 'light', size: 100, wide: 360, high: 800 },
];

/** What a person would stumble over, measured on the screen as it stands. Empty when there is nothing. */
const MEASURE = `
  const faults = [];
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) faults.push('scrolls sideways by ' + (page.scrollWidth - page.clientWidth));
  const seen = (e) => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== 'hidden';
  for (const target of document.querySelectorAll('button, select, summary, textarea, input, label:has(input)')) {
    const whole = target.closest('label:has(input)') ?? target;
    if (!seen(whole)) continue;
    const box = whole.getBoundingClientRect();
    const name = (whole.textContent || target.type || '').trim().slice(0, 40);
    if (box.height < 44 || box.width < 44) faults.push('small: ' + name + ' ' + Math.round(box.width) + 'x' + Math.round(box.height));
    for (const word of whole.matches('.target') ? whole.querySelectorAll('span') : []) {
const range = document.createRange();
      range.selectNodeContents(word);
      const lines = new Set([...range.getClientRects()].map((line) => Math.round(line.top))).size;
      if (lines > (word.textContent ?? '').trim().split(' ').length) faults.push('a word is broken: ' + name);
    }
    if (whole.matches('.target') && box.height < 56) faults.push('answer below 56: ' + name);
    if (whole.scrollWidth > whole.clientWidth + 1 && whole.matches('button, label')) faults.push('cut off: ' + name);
  }
  for (const field of document.querySelectorAll('input, select, textarea')) {
    if (seen(field) && !field.labels?.length && !field.getAttribute('aria-label')) faults.push('without a name: ' + field.outerHTML.slice(0, 80));
  }
  if (document.querySelectorAll('h1').length !== 1) faults.push(document.querySelectorAll('h1').length + ' headings of the first order');
  return faults;
`;

async function look(name: string, looks: Looks): Promise<void> {
  await tablet.picture(`look-${name}-${looks.ui}-${looks.theme}-${looks.size}-${looks.wide}`);
  const faults: unknown = await tablet.driver.executeScript(MEASURE);
  expect(faults, `${name} ${JSON.stringify(looks)}`).toEqual([]);
}

async function put(looks: Looks): Promise<void> {
  await tablet.driver.manage().window().setRect({ x: 0, y: 0, width: looks.wide, height: looks.high });
  const { ui, theme, size } = looks;
  await tablet.driver.executeScript(
    `location.hash = '#ui=${ui}&form=${ui}&theme=${theme}&size=${size}'; setTimeout(() => location.reload(), 50)`,
  );
  await tablet.waits('the looks', () =>
    tablet.driver.executeScript<boolean>(
      `const page = document.documentElement;
       return document.readyState === 'complete' && page.lang === '${ui}' && page.dataset.theme === '${theme}' && page.dataset.size === '${size}'`,
    ),
  );
  await tablet.css('h1');
  await tablet.waits(
    'the size',
    async () => (await tablet.driver.executeScript<number>('return window.innerWidth')) === looks.wide,
  );
}

async function through(looks: Looks): Promise<void> {
  await look('visits', looks);
  await tablet.press('[data-test="new-visit"]');
  await look('new-visit', looks);
  await tablet.press('header button');
  await tablet.press('[data-test="visit"]');
  await tablet.find('section');
  await tablet.press('[data-test="place-add"] summary');
  await look('visit', looks);
  await tablet.press('[data-test="section"][data-section="f01_s2"]');
  await tablet.css('[data-test="where"], [data-test="item"]');
  await look('where', looks);
  await tablet.press('li:first-child > [data-test="where"]');
  await tablet.press('[data-item="f01_03"] [data-test="answer-partly"]');
  await tablet.css('[data-item="f01_03"] [data-test="evidence-seen"]');
  await look('section', looks);
  await tablet.press('[data-item="f01_03"] [data-test="answer-partly"]');
  await tablet.press('[data-test="sync-mark"]');
  await tablet.find('sync-now');
  await look('sync', looks);
  await tablet.press('header button');
  await tablet.press('[data-test="organisation"]');
  await tablet.css('#members');
  await look('organisation', looks);
  await tablet.press('header button');
}

describe.each(LOOKS)('$ui $theme $size % $wide x $high', (looks) => {
  it('is whole, large enough and named on every screen', async () => {
    await put(looks);
    // A reload finds the vault as it was: locked the first time, open after that.
    const locked = await tablet.driver.executeScript<boolean>(
      "return document.querySelector('input[type=password]') !== null",
    );
    if (locked) {
      await look('locked', looks);
      await tablet.unlock(work.passphrase);
    }
    await through(looks);
  });
});
