import { spawn } from 'node:child_process';
import { Builder, Capabilities } from 'selenium-webdriver';
import { writeFileSync } from 'node:fs';
const b = spawn('/work/main/target/tools/bin/tauri-driver', ['--port', '7777', '--native-port', '7778'], {
  stdio: 'inherit',
  env: {
    ...process.env,
    XDG_DATA_HOME: '/tmp/dbg/h',
    WEBKIT_DISABLE_COMPOSITING_MODE: '1',
    WEBKIT_DISABLE_DMABUF_RENDERER: '1',
  },
});

const c = new Capabilities();
c.setBrowserName('wry');
c.set('tauri:options', { application: '/work/main/target/debug/senim-tablet', args: ['--vault', '/tmp/dbg/vault'] });
const d = await new Builder().usingServer('http://127.0.0.1:7777/').withCapabilities(c).build();
await new Promise((r) => setTimeout(r, 3000));

const { By, until } = await import('selenium-webdriver');
const css = async (q) => {
  const e = await d.wait(until.elementLocated(By.css(q)), 15000, q);
  await d.wait(until.elementIsVisible(e), 15000, q + ' vis');
  return e;
};
const press = async (q) => {
  const e = await css(q);
  await d.executeScript('arguments[0].scrollIntoView({block:"center"})', e);
  await e.click();
};
await css('input[type=password]');
const P = 'lantern orchard violin harbor mitten cobalt';
for (const f of await d.findElements(By.css('input[type=password]'))) await f.sendKeys(P);
await press('form button[type=submit]');
await press('input[value="found"]');
await (await css('[data-test="organisation-name"]')).sendKeys('Org');
await (await css('[data-test="your-name"]')).sendKeys('Me');
await press('form button[type=submit]');
await press('[data-test="new-visit"]');
await (await css('[data-test="visit-title"]')).sendKeys('T');
await (await css('[data-test="visit-facility"]')).sendKeys('F');
await press('form button[type=submit]');
await press('[data-test="section"][data-section="f01_s2"]');
await d.executeScript(
  `window.__log=[]; const o=window.__TAURI_INTERNALS__.invoke; try { window.__TAURI_INTERNALS__.invoke=function(c,a){ window.__log.push(JSON.stringify(a)); return o.apply(this,arguments);} } catch(e) {window.__log.push('cannot '+e)}`,
);
const alive = async (n) => {
  const t = Date.now();
  const r = await Promise.race([
    d.executeScript('return window.__log.length+" "+document.querySelectorAll("[data-test=saved] span").length'),
    new Promise((r) => setTimeout(() => r('HANG'), 8000)),
  ]);
  console.log(n, r, Date.now() - t);
  if (r === 'HANG') {
    b.kill();
    process.exit(1);
  }
};
await alive('open');
await press('[data-item="f01_03"] [data-test="answer-no"]');
await alive('no');
await alive('no2');
await press('[data-item="f01_03"] [data-test="evidence-seen"]');
await alive('evid');
const n = await css('[data-item="f01_03"] [data-test="note"]');
await n.clear();
await alive('cleared');
await n.sendKeys('Екі төсек жетіспейді');
await alive('typed');
await alive('typed2');
await press('[data-item="f01_04"] [data-test="answer-yes"]');
await alive('yes');
await alive('yes2');
await new Promise((r) => setTimeout(r, 3000));
await alive('yes3');
console.log(await d.executeScript('return window.__log.slice(-12).join("\\n")'));
writeFileSync('/tmp/dbg/a.png', await d.takeScreenshot(), 'base64');
await d.quit();
b.kill();
