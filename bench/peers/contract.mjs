// How the runner and a peer speak: see w/src/contract.rs, of which this is the same in JavaScript.
import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdirSync, readFileSync, readdirSync, statSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { parseArgs } from "node:util"

const OPTIONS = ["workload", "tablets", "dir", "server-port", "connect-port"]

/** The words after `run`, and the work with what must come out of it. Throws on a missing or unknown option. */
export function readRun() {
  const options = Object.fromEntries(OPTIONS.map((name) => [name, { type: "string" }]))
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  const missing = OPTIONS.find((name) => values[name] === undefined)
  if (positionals[0] !== "run" || missing) throw new Error(`usage: run --${missing ?? "workload"} VALUE`)
  const work = JSON.parse(readFileSync(values.workload, "utf8"))
  const tablets = work.tablets.slice(0, Number(values.tablets))
  if (work.format !== "senim-bench-w/1" || tablets.length !== Number(values.tablets)) throw new Error("not this workload")
  const serverPort = Number(values["server-port"])
  const connectPort = Number(values["connect-port"])
  const store = join(values.dir, "server")
  mkdirSync(store, { recursive: true })
  return { base: work.base, tablets, expected: expectedOf(work.base, tablets), dir: values.dir, store, serverPort, connectPort }
}

/** For each field all that was written to it at the same time, or the base where nobody wrote. */
function expectedOf(base, tablets) {
  const written = (part) =>
    Object.fromEntries(
      Object.entries(base[part]).map(([key, first]) => {
        const all = tablets.flatMap((edits) => (key in edits[part] ? [edits[part][key]] : []))
        return [key, all.length > 0 ? all : [first]]
      }),
    )
  return { answers: written("answers"), notes: written("notes"), edits: countFields(tablets) }
}

function countFields(tablets) {
  return tablets.reduce((sum, edits) => sum + Object.keys(edits.answers).length + Object.keys(edits.notes).length, 0)
}

/**
 * Whether `state` is the end state. A state holds `answers` and `notes`: key to the array of values shown.
 * `keeps` says what the peer keeps of values written at the same time: "all" of them, or the "last" one only.
 */
export function isComplete(state, expected, keeps) {
  return ["answers", "notes"].every((part) => {
    const fields = Object.entries(expected[part])
    const shown = state[part]
    return (
      Object.keys(shown).length === fields.length &&
      fields.every(([key, all]) => {
        const values = shown[key] ?? []
        return keeps === "all" ? sorted(values) === sorted(all) : values.length === 1 && all.includes(values[0])
      })
    )
  })
}

const sorted = (values) => JSON.stringify([...new Set(values)].sort())

/** SHA-256 of a state, in hex. */
export function hashOf(state) {
  const part = (fields) => Object.keys(fields).sort().map((key) => [key, sorted(fields[key])])
  return createHash("sha256").update(JSON.stringify([part(state.answers), part(state.notes)])).digest("hex")
}

/** Starts a server as a process of its own and waits until it accepts on loopback. It ends with this program. */
export async function startServer(words, port, environment = {}) {
  const server = spawn(process.execPath, words, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "ignore", "inherit"],
  })
  process.on("exit", () => server.kill("SIGKILL"))
  for (let attempt = 0; attempt < 400; attempt += 1) {
    if (await accepts(port)) return server
    await pause(25)
  }
  throw new Error("the server does not listen")
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1")
    socket.once("connect", () => resolve(true)).once("connect", () => socket.destroy())
    socket.once("error", () => resolve(false))
  })
}

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Resolves with what `look` returns once that is not undefined; looks again after each call of the given `again`. */
export function when(look, subscribe) {
  return new Promise((resolve, reject) => {
    let busy = false
    let news = false
    const again = async () => {
      news = true
      if (busy) return
      busy = true
      try {
        while (news) {
          news = false
          const found = await look()
          if (found !== undefined) return resolve(found)
        }
      } catch (failure) {
        reject(failure)
      } finally {
        busy = false
      }
    }
    subscribe(again)
    again()
  })
}

/**
 * The timed part. `connect(number)` connects one tablet and resolves with the state it holds once that is the end state,
 * checked in full. Prints the lines of the contract and ends the program.
 */
export async function timed({ peer, run, server, connect: start, keepsStore }) {
  const lines = createInterface({ input: process.stdin })
  const go = new Promise((resolve, reject) => {
    lines.once("line", (line) => (line.trim() === "go" ? resolve() : reject(new Error("the runner did not say go"))))
  })
  await say("ready")
  await go
  const began = performance.now()
  const ends = await Promise.all(run.tablets.map((_, number) => start(number)))
  const wall = performance.now() - began
  await say("done")
  const hashes = ends.map(hashOf)
  await say(
    JSON.stringify({
      peer,
      converged: hashes.every((hash) => hash === hashes[0]),
      wall_ms: wall,
      server_rss_kb: rssKb(server.pid),
      store_bytes: keepsStore ? folderBytes(run.store) : null,
      state_hash: hashes[0],
    }),
  )
  process.exit(0)
}

function say(line) {
  return new Promise((resolve) => process.stdout.write(`${line}\n`, resolve))
}

/** Resident memory in kB, or 0 where it cannot be read. */
function rssKb(pid) {
  try {
    const found = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))
    return found ? Number(found[1]) : 0
  } catch {
    return 0
  }
}

function folderBytes(folder) {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name)
    return sum + (entry.isDirectory() ? folderBytes(path) : statSync(path).size)
  }, 0)
}
