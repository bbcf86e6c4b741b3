import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** A program that serves, started and ready. */
export interface StartedServer extends AsyncDisposable {
  readonly port: number;
}

/** Starts a program that will listen on a port of the loopback interface, and waits until it does. */
export async function startServer(
  [program = "", ...args]: readonly string[],
  port: number,
): Promise<StartedServer> {
  const child = spawn(program, args, { stdio: "ignore" });
  const ended = once(child, "exit");
  const isOver = ended.then(() => true);
  while (!(await answers(port))) {
    if (await Promise.race([isOver, delay(20, false)])) throw new Error(`${program} has ended`);
  }
  return { port, [Symbol.asyncDispose]: () => end(child, ended) };
}

async function end(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  child.kill("SIGTERM");
  await ended;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
