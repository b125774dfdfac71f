import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { PICTURES, ROOT, TARGET, TAURI_DRIVER } from './places.ts';

/** Builds what the tests drive, so that they never look at an older window. Vitest calls it once. */
export default function build(): void {
  if ((process.env['DISPLAY'] ?? '') === '') {
    throw new Error('the real window needs a display: xvfb-run -a dbus-run-session -- npm run --prefix ui window');
  }
  if (!existsSync(TAURI_DRIVER)) throw new Error('tauri-driver is missing: run scripts/setup-tools.sh');
  const env = { ...process.env, CARGO_TARGET_DIR: TARGET };
  const run = (program: string, ...args: string[]): void => {
    execFileSync(program, args, { cwd: ROOT, env, stdio: ['ignore', 'ignore', 'inherit'] });
  };
  run('npm', 'run', '--prefix', 'ui', 'build');
  run('cargo', 'build', '--locked', '-p', 'senim-tablet', '-p', 'senim');
  rmSync(PICTURES, { recursive: true, force: true });
  mkdirSync(PICTURES, { recursive: true });
}
