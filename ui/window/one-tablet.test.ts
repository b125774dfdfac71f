import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Tablet } from './tablet.ts';

const PASSPHRASE = 'lantern orchard violin harbor mitten cobalt';
const home = mkdtempSync(join(tmpdir(), 'senim-window-'));
const tablet = new Tablet(join(home, 'vault'), home);

beforeAll(() => tablet.on());
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await tablet.picture('failed-one-tablet');
});
afterAll(async () => {
  await tablet.off();
  rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
});

const answer = (item: string, value: string): string => `[data-item="${item}"] [data-test="answer-${value}"]`;
const chosen = (item: string): string => `[data-item="${item}"] input[type=radio]:checked`;

async function openSection(): Promise<void> {
  await tablet.press('[data-test="visit"]');
  await tablet.press('[data-test="section"][data-section="f01_s2"]');
  await tablet.css(answer('f01_03', 'no'));
}

it('makes a vault, founds an organisation and a visit', async () => {
  await tablet.css('input[type=password]');
  await tablet.picture('1-first-start');
  const fields = await tablet.driver.findElements({ css: 'input[type=password]' });
  expect(fields).toHaveLength(2);
  for (const field of fields) await field.sendKeys(PASSPHRASE);
  await tablet.press('form button[type=submit]');

  await tablet.press('input[value="found"]');
  await tablet.type('[data-test="organisation-name"]', 'Ұлттық алдын алу тетігі');
  await tablet.type('[data-test="your-name"]', 'Айгүл');
  await tablet.picture('2-found');
  await tablet.press('form button[type=submit]');

  await tablet.press('[data-test="new-visit"]');
  await tablet.type('[data-test="visit-title"]', 'Қараша, бірінші');
  await tablet.type('[data-test="visit-facility"]', 'Мекеме 155/1');
  await tablet.picture('3-new-visit');
  await tablet.press('form button[type=submit]');
  await tablet.find('section');
  await tablet.picture('4-visit');
});

it('says saved when the answer is on disk', async () => {
  await tablet.press('[data-test="section"][data-section="f01_s2"]');
  await tablet.press(answer('f01_03', 'no'));
  await tablet.waits('saved', async () => (await tablet.texts('[data-item="f01_03"] [data-test="saved"]'))[0] !== '');
  await tablet.press('[data-item="f01_03"] [data-test="evidence-seen"]');
  await tablet.type('[data-item="f01_03"] [data-test="note"]', 'Екі төсек жетіспейді');
  await tablet.press(answer('f01_04', 'yes'));
  await tablet.waits('all saved', async () => {
    const said = await tablet.texts('[data-test="saved"]');
    return said.filter((text) => text !== '').length === 2;
  });
  await tablet.picture('5-section');
});

it('has every answer after the power failed', async () => {
  await tablet.dies();
  await tablet.on();
  await tablet.css('input[type=password]');
  await tablet.picture('6-locked');
  const before = await tablet.texts('body');
  expect(before[0]).not.toMatch(/Айгүл|Ұлттық|155/);
  await tablet.unlock(PASSPHRASE);
  await openSection();
  expect(await (await tablet.css('[data-item="f01_03"] [data-test="note"]')).getAttribute('value')).toBe(
    'Екі төсек жетіспейді',
  );
  const values = await Promise.all(
    ['f01_03', 'f01_04'].map(async (item) =>
      (await tablet.driver.findElement({ css: chosen(item) })).getAttribute('value'),
    ),
  );
  expect(values).toEqual(['no', 'yes']);
});

it('clears an answer by a second tap, and leaves nothing on the screen when locked', async () => {
  await tablet.press(answer('f01_04', 'yes'));
  await tablet.waits('cleared', async () => (await tablet.driver.findElements({ css: chosen('f01_04') })).length === 0);
  await tablet.press('[data-test="lock"]');
  await tablet.css('input[type=password]');
  expect(await tablet.driver.getPageSource()).not.toMatch(/Айгүл|Ұлттық|155|төсек жетіспейді/);
  await tablet.unlock(PASSPHRASE);
  await openSection();
  await tablet.css(chosen('f01_03'));
  expect(await tablet.driver.findElements({ css: chosen('f01_04') })).toHaveLength(0);
});
