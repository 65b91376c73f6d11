// A Peal server of its own, with its data, and the app's side of it.
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

async function freePort() {
  const probe = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Waits until something holds, at most half a minute. */
export async function eventually(what, condition) {
  for (let round = 0; round < 3000; round += 1) {
    const value = await condition();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`did not come: ${what}`);
}

export class PealServer {
  #process = null;
  #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'peal-dialects-'));

  static async start(dialect, ...settings) {
    const server = new PealServer();
    server.port = await freePort();
    server.metricsPort = await freePort();
    server.dialectPort = await freePort();
    server.arguments = [
      'serve', '--http-port', `${server.port}`, '--metrics-port', `${server.metricsPort}`,
      '--data-directory', server.#folder, '--drain-duration', '10ms', '--log-level', 'warning',
      '--http-listeners', `${server.dialectPort}=${dialect}`, ...settings,
    ];
    await server.run();
    return server;
  }

  async run() {
    if (!process.env.PEAL_BINARY) throw new Error('PEAL_BINARY names the server to test');
    // Without settings that the developer's shell may hold.
    const legacy = ['WEBSOCKET_PORT', 'METRICS_PORT', 'REDIS_HOST', 'REDIS_PORT', 'JWT_SECRET'];
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith('PEAL_') && !legacy.includes(name)));
    const child = spawn(process.env.PEAL_BINARY, this.arguments, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process = child;
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => { output += bytes; });
    await eventually('a server that is ready', async () => {
      if (child.exitCode !== null) throw new Error(`the server ended:\n${output}`);
      return (await fetch(`http://127.0.0.1:${this.dialectPort}/health/ready`).catch(() => null))?.ok;
    });
  }

  async stop() {
    const child = this.#process;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }

  async end() {
    await this.stop();
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }

  token(user) {
    const secret = fs.readFileSync(path.join(this.#folder, 'jwt.secret'), 'utf8').trim();
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ user_id: user, exp: Math.floor(Date.now() / 1000) + 3600 })}`;
    return `${text}.${crypto.createHmac('sha256', secret).update(text).digest('base64url')}`;
  }

  async call(method, target, body, token) {
    const key = fs.readFileSync(path.join(this.#folder, 'api.key'), 'utf8').trim();
    const response = await fetch(`http://127.0.0.1:${this.port}${target}`, {
      method, headers: { Authorization: `Bearer ${token ?? key}` }, body: body && JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${target}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  /** @returns the id of the notification */
  async notify(event) {
    return (await this.call('POST', '/v1/notifications', event)).notifications[0].notification_id;
  }

  async unread(user) {
    return (await this.call('GET', '/v1/notifications/unread-count', undefined, this.token(user))).unread_count;
  }

  async metric(name) {
    const text = await (await fetch(`http://127.0.0.1:${this.metricsPort}/metrics`)).text();
    return Number(text.split('\n').find((line) => line.startsWith(`${name} `))?.split(' ')[1]);
  }
}
