import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SENIM, SERVER } from './places.ts';
import { Tablet } from './tablet.ts';

/** Two vaults of one organisation with a visit in common, and their server: what `senim workspace` makes. */
export class Workspace {
  readonly first: Tablet;
  readonly second: Tablet;
  readonly passphrase: string;
  readonly #maker: ChildProcess;
  /** Where all of it stands; gone at the end. */
  readonly home: string;

  private constructor(maker: ChildProcess, home: string, made: { passphrase: string; vaults: string[] }) {
    this.#maker = maker;
    this.home = home;
    this.passphrase = made.passphrase;
    const tablet = (at: number): Tablet => new Tablet(made.vaults[at] ?? '', join(home, `window-${at}`));
    [this.first, this.second] = [tablet(0), tablet(1)];
  }

  static async make(): Promise<Workspace> {
    const home = mkdtempSync(join(tmpdir(), 'senim-workspace-'));
    const maker = spawn(SENIM, ['workspace', '--out', join(home, 'made')], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, SENIM_SERVER_BIN: SERVER },
    });
    const lines = createInterface({ input: maker.stdout });
    const ended = once(maker, 'exit').then(() => {
      throw new Error('senim workspace ended before it was ready');
    });
    const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string];
    return new Workspace(maker, home, JSON.parse(line) as { passphrase: string; vaults: string[] });
  }

  /** Holds the server still, as a network that swallows everything; `false` lets it go on. */
  holdServer(still: boolean): void {
    for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      let parent = '';
      try {
        parent = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1] ?? '';
      } catch {
        // It ended while the list was read.
      }
      if (parent === String(this.#maker.pid)) process.kill(Number(id), still ? 'SIGSTOP' : 'SIGCONT');
    }
  }

  async end(): Promise<void> {
    await this.first.off();
    await this.second.off();
    if (this.#maker.exitCode === null) {
      this.holdServer(false);
      this.#maker.stdin?.end();
      await once(this.#maker, 'exit');
    }
    rmSync(this.home, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
  }
}
