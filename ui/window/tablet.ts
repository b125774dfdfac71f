import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Builder, By, Capabilities, type WebDriver, type WebElement } from 'selenium-webdriver';
import { PICTURES, TABLET, TAURI_DRIVER } from './places.ts';

/** How long a person would wait for something to appear, milliseconds. Generous: the machine may be busy. */
const PATIENCE = 20_000;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function listens(port: number): Promise<void> {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const open = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (open) return;
    if (Date.now() > end) throw new Error(`nothing listens on ${port}`);
    await sleep(100);
  }
}

/** One tablet: the real window on a vault, driven from outside as a hand would. */
export class Tablet {
  #started: { driver: WebDriver; port: ChildProcess } | undefined;
  readonly #vault: string;
  readonly #home: string;

  /** `vault` is its folder, `home` where the webview keeps what it keeps. */
  constructor(vault: string, home: string) {
    this.#vault = vault;
    this.#home = home;
  }

  get driver(): WebDriver {
    if (!this.#started) throw new Error('the tablet is off');
    return this.#started.driver;
  }

  /** Starts the app. */
  async on(): Promise<void> {
    const [port, native] = [await freePort(), await freePort()];
    const bridge = spawn(TAURI_DRIVER, ['--port', String(port), '--native-port', String(native)], {
      stdio: 'ignore',
      env: {
        ...process.env,
        XDG_DATA_HOME: join(this.#home, 'data'),
        XDG_CACHE_HOME: join(this.#home, 'cache'),
        XDG_CONFIG_HOME: join(this.#home, 'config'),
        LC_ALL: 'C.UTF-8',
      },
    });
    await listens(port);
    await listens(native);
    const capabilities = new Capabilities();
    capabilities.setBrowserName('wry');
    capabilities.set('tauri:options', { application: TABLET, args: ['--vault', this.#vault] });
    const driver = await new Builder().usingServer(`http://127.0.0.1:${port}/`).withCapabilities(capabilities).build();
    this.#started = { driver, port: bridge };
  }

  /** Ends the app as a flat battery would: no warning, no time to write anything. */
  async dies(): Promise<void> {
    const app = this.#process();
    process.kill(app, 'SIGKILL');
    await this.#unplug();
  }

  /** Closes the window. */
  async off(): Promise<void> {
    if (!this.#started) return;
    await this.#started.driver.quit().catch(() => undefined);
    await this.#unplug();
  }

  /** The element with this `data-test`, once it is there and seen. */
  async find(name: string, more = ''): Promise<WebElement> {
    return this.css(`[data-test="${name}"]${more}`);
  }

  async css(selector: string): Promise<WebElement> {
    // Looked for anew each time: the screen may replace it between the finding and the looking.
    const seen = async (): Promise<WebElement | null> => {
      const [element] = await this.driver.findElements(By.css(selector));
      return element && (await element.isDisplayed().catch(() => false)) ? element : null;
    };
    const element = await this.driver.wait(seen, PATIENCE, `${selector} is not seen`);
    if (!element) throw new Error(`${selector} is not seen`);
    return element;
  }

  /** Presses it. An element that the screen replaced meanwhile is looked for once more. */
  async press(selector: string): Promise<void> {
    const end = Date.now() + PATIENCE;
    for (;;) {
      try {
        const element = await this.css(selector);
        await this.driver.executeScript('arguments[0].scrollIntoView({block: "center"})', element);
        await element.click();
        return;
      } catch (error) {
        if (Date.now() > end) throw error;
        await sleep(100);
      }
    }
  }

  async type(selector: string, text: string): Promise<void> {
    const element = await this.css(selector);
    await element.clear();
    await element.sendKeys(text);
  }

  /** Waits until a question about the page is answered with yes. */
  async waits(what: string, question: () => Promise<boolean>, patience = PATIENCE): Promise<void> {
    await this.driver.wait(() => question().catch(() => false), patience, what);
  }

  /** The texts of all elements that match, as a person sees them. */
  async texts(selector: string): Promise<string[]> {
    const elements = await this.driver.findElements(By.css(selector));
    return Promise.all(elements.map((element) => element.getText()));
  }

  async unlock(passphrase: string): Promise<void> {
    await this.type('input[type=password]', passphrase);
    await this.press('form button[type=submit]');
    await this.find('new-visit');
  }

  async picture(name: string): Promise<void> {
    // What was changed last is painted a frame later.
    await this.driver.executeAsyncScript(
      'const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))',
    );
    writeFileSync(join(PICTURES, `${name}.png`), await this.driver.takeScreenshot(), 'base64');
  }

  /** The app's own process: the one that was started on this vault. */
  #process(): number {
    for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      let words: string[] = [];
      try {
        words = readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0');
      } catch {
        // It ended while the list was read.
      }
      if (words[0] === TABLET && words.includes(this.#vault)) return Number(id);
    }
    throw new Error('the app is not running');
  }

  async #unplug(): Promise<void> {
    const bridge = this.#started?.port;
    this.#started = undefined;
    if (!bridge || bridge.exitCode !== null) return;
    // tauri-driver ends the WebKitWebDriver it started when it is asked to end.
    bridge.kill('SIGTERM');
    await once(bridge, 'exit');
  }
}
