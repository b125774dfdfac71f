import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { PICTURES, ROOT, TARGET, TAURI_DRIVER } from './places.ts';

/** Builds what the tests drive, so that they never look at an older window. Vitest calls it once. */
export default function build(): void {
  if ((process.env['DISPLAY'] ?? '') === '') {
    throw new Error('the real window needs a display: xvfb-run -a dbus-run-session -- npm run --prefix ui window');
  }
  if (!existsSync(TAURI_DRIVER)) throw new Error('tauri-driver is missing: run scripts/setup-tools.sh');
  // What Vitest sets for itself would make Vite build the interface for a test, not for a window.
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|NODE_ENV|MODE|DEV|PROD|SSR|BASE_URL|TEST)/.test(name),
  );
  const env = { ...Object.fromEntries(own), CARGO_TARGET_DIR: TARGET };
  const run = (program: string, ...args: string[]): void => {
    execFileSync(program, args, { cwd: ROOT, env, stdio: ['ignore', 'ignore', 'inherit'] });
  };
  // `no` drives what was built before, while someone works on the core.
  if (process.env['SENIM_WINDOW_BUILD'] !== 'no') {
    run('npm', 'run', '--prefix', 'ui', 'build');
    run('cargo', 'build', '--locked', '-p', 'senim-tablet', '-p', 'senim');
  }
  rmSync(PICTURES, { recursive: true, force: true });
  mkdirSync(PICTURES, { recursive: true });
}
