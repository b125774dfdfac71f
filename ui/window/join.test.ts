import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Tablet } from './tablet.ts';
import { Workspace } from './workspace.ts';

const PASSPHRASE = 'lantern orchard violin harbor mitten cobalt';
let work: Workspace;
let admin: Tablet;
let newcomer: Tablet;

beforeAll(async () => {
  work = await Workspace.make();
  admin = work.first;
  newcomer = new Tablet(join(work.home, 'third'), join(work.home, 'window-2'));
  await admin.on();
  await newcomer.on();
});
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return;
  await admin.picture('failed-admin');
  await newcomer.picture('failed-newcomer');
});
afterAll(async () => {
  await newcomer.off();
  await work.end();
});

const textOf = async (tablet: Tablet): Promise<string> =>
  (await tablet.css('textarea[readonly]')).getAttribute('value');

it('takes a third tablet into the organisation when both codes are the same', async () => {
  await admin.unlock(work.passphrase);
  await admin.press('[data-test="organisation"]');
  await admin.press('[data-test="invite-make"]');
  const invite = await textOf(admin);

  await newcomer.css('input[type=password]');
  for (const field of await newcomer.driver.findElements({ css: 'input[type=password]' }))
    await field.sendKeys(PASSPHRASE);
  await newcomer.press('form button[type=submit]');
  await newcomer.type('[data-test="invite"]', invite);
  await newcomer.press('form button[type=submit]');
  const request = await textOf(newcomer);
  await newcomer.picture('join-request');

  await admin.type('[data-test="admit-request"]', request);
  await admin.press('[data-test="admit-compare"]');
  const codes = [await admin.find('compare'), await newcomer.find('compare')].map((code) => code.getText());
  const [one = '', other = ''] = await Promise.all(codes);
  expect(one).toMatch(/\S{4,}/);
  expect(one).toBe(other);
  await admin.type('[data-test="member-name"]', 'Дана');
  await admin.picture('join-admit');
  await admin.press('[data-test="admit-do"]');
  await admin.waits('she is a member', async () => (await admin.texts('#members + ul')).join('').includes('Дана'));

  await newcomer.press('[data-test="look"]');
  await newcomer.find('new-visit');
  await newcomer.picture('join-inside');
});

it('refuses what is no invite with a sentence', async () => {
  await admin.press('[data-test="invite-make"]');
  await admin.type('[data-test="admit-request"]', 'nothing of Senim');
  await admin.press('[data-test="admit-compare"]');
  await admin.waits('a sentence', async () => (await admin.texts('[role=alert]')).join('').includes('Senim'));
});
