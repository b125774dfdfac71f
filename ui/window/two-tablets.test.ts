import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Tablet } from './tablet.ts';
import { Workspace } from './workspace.ts';

let work: Workspace;
let first: Tablet;
let second: Tablet;

beforeAll(async () => {
  work = await Workspace.make();
  ({ first, second } = work);
  await first.on();
  await second.on();
});
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return;
  await first.picture('failed-first');
  await second.picture('failed-second');
});
afterAll(() => work.end());

const item = (name: string): string => `[data-item="${name}"]`;
const saved = (tablet: Tablet, name: string): Promise<void> =>
  tablet.waits(`${name} saved`, async () => (await tablet.texts(`${item(name)} [data-test="saved"]`))[0] !== '');

async function openSection(tablet: Tablet, section: string): Promise<void> {
  await tablet.press(`[data-test="section"][data-section="${section}"]`);
  await tablet.css('[data-test="item"], [data-test="where"]');
}

async function answer(tablet: Tablet, name: string, value: string): Promise<void> {
  await tablet.press(`${item(name)} [data-test="answer-${value}"]`);
  await saved(tablet, name);
}

it('shows an answer arriving on the other tablet, without a touch', async () => {
  for (const tablet of [first, second]) {
    await tablet.unlock(work.passphrase);
    await tablet.press('[data-test="visit"]');
    await openSection(tablet, 'f01_s2');
    await tablet.press('li:first-child > [data-test="where"]');
  }
  await answer(second, 'f01_04', 'yes');
  await second.press(`${item('f01_04')} details:not([open]) summary`);
  const note = await second.css(`${item('f01_04')} [data-test="note"]`);
  await note.sendKeys('жарық жақсы');
  expect(await second.texts(`${item('f01_04')} [data-test="others"]`)).toEqual([]);

  await answer(first, 'f01_04', 'no');
  await first.press(`${item('f01_04')} [data-test="evidence-seen"]`);
  const arrived = `${item('f01_04')} [data-test="others"]`;
  await second.waits('it arrives', async () => (await second.texts(arrived)).join('').includes('Айгүл'));
  await first.waits('it arrives', async () => (await first.texts(arrived)).join('').includes('Болат'));
  // The person at the second tablet was in the middle of a note: text and place of writing are as they were.
  expect(await note.getAttribute('value')).toBe('жарық жақсы');
  expect(await second.driver.executeScript('return document.activeElement === arguments[0]', note)).toBe(true);
  await first.picture('two-first');
  await second.picture('two-second');
});

it('does not show a colleague’s answer before one’s own', async () => {
  await answer(first, 'f01_05', 'partly');
  const count = `${item('f01_05')} [data-test="others-count"]`;
  await second.css(count);
  expect(await second.texts(`${item('f01_05')} [data-test="others"]`)).toEqual([]);
  await answer(second, 'f01_05', 'partly');
  await second.waits('now it is shown', async () =>
    (await second.texts(`${item('f01_05')} [data-test="others"]`)).join('').includes('Айгүл'),
  );
});

it('lists what differs', async () => {
  await first.press('header button');
  await first.press('[data-test="differences"]');
  await first.waits('both names', async () => {
    const [text = ''] = await first.texts('[data-test="difference"]');
    return text.includes('Айгүл') && text.includes('Болат') && text.includes('F01/4') && !text.includes('Бүкіл мекеме');
  });
  await first.picture('two-differences');
  await first.press('header button');
});

it('saves while the server does not answer, and lets people choose between two figures', async () => {
  work.holdServer(true);
  for (const [tablet, figure] of [
    [first, '120'],
    [second, '125'],
  ] as const) {
    if (tablet === second) await tablet.press('header button');
    await openSection(tablet, 'f00_s2');
    await tablet.type(`${item('f00_04')} input`, figure);
    await tablet.press('h1');
    await saved(tablet, 'f00_04');
  }
  await first.picture('two-server-still');
  work.holdServer(false);
  await first.press('[data-test="sync-mark"]');
  await first.press('[data-test="sync-now"]:not(:disabled)');
  await first.waits(
    'all is on the server',
    async () => (await first.texts('[data-test="sync-here"]'))[0] === '0',
    90_000,
  );
  await first.picture('two-sync');
  await first.press('header button');
  await first.press('[data-test="visit"]');
  await first.driver.wait(() => first.css('[data-test="open-values"]').catch(() => null), 90_000);
  await first.press('[data-test="open-values"]');
  await first.waits('both figures', async () => {
    const text = (await first.texts('[data-test="open-value"]')).join('');
    return text.includes('120') && text.includes('125');
  });
  await first.picture('two-open-values');
  await first.press('[data-test="open-value"] label:nth-of-type(2)');
  await first.press('[data-test="open-value"] button');
  await first.waits(
    'nothing is left to choose',
    async () => (await first.texts('[data-test="open-value"]')).length === 0,
  );
});

it('has the answer after a lock on one tablet and a power failure on the other', async () => {
  await first.press('[data-test="lock"]');
  await first.css('input[type=password]');
  await second.dies();
  await second.on();
  await second.unlock(work.passphrase);
  await second.press('[data-test="visit"]');
  await openSection(second, 'f01_s2');
  await second.press('li:first-child > [data-test="where"]');
  const note = await second.css(`${item('f01_04')} [data-test="note"]`);
  expect(await note.getAttribute('value')).toBe('жарық жақсы');
  const chosen = await second.driver.findElement({ css: `${item('f01_04')} input[type=radio]:checked` });
  expect(await chosen.getAttribute('value')).toBe('yes');
});
