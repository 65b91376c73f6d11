// `chat`, by a program that shows messages on a terminal, and by one that holds a thousand connections open.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { PealServer, eventually } from './server.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));

function run(program, server, tokens) {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'peal-tokens-')), 'tokens');
  fs.writeFileSync(file, tokens.join('\n'));
  const python = process.env.PEAL_TEST_PYTHON ?? '/usr/bin/python3';
  const child = spawn(
    python, [path.join(here, 'run_client.py'), path.join(here, 'clients', program), `ws://127.0.0.1:${server.dialectPort}`, file],
    { stdio: ['pipe', 'pipe', 'inherit'] });
  const events = [];
  let hasEnded = false;
  child.on('exit', () => { hasEnded = true; });
  readline.createInterface({ input: child.stdout }).on('line', (line) => events.push(JSON.parse(line)));
  return {
    events,
    seen: (what, test, count = 1) => eventually(what, () => {
      if (hasEnded) throw new Error(`the program ended: ${JSON.stringify(events)}`);
      return events.filter(test).length >= count;
    }),
    end: () => {
      child.kill('SIGKILL');
      fs.rmSync(path.dirname(file), { recursive: true, force: true });
    },
  };
}

const printed = (text) => (event) => event.event === 'print' && event.text === text;
const message = (text, extra = {}) => ({
  user_id: 'alice', type: 'new_message', actor_id: 'bob', target_type: 'conversation', target_id: 'c1', message: text, ...extra,
});

test('messages, heartbeats and reconnection', async () => {
  const server = await PealServer.start('chat');
  const program = run('chat.py', server, [server.token('alice')]);
  const shown = () => program.events.filter((event) => event.event === 'shown').map((event) => event.notification);
  try {
    await program.seen('the connection', printed('Connected to notification server'));
    const before = Date.now();
    const id = await server.notify(message('Oi Alice!'));
    await program.seen('the message', (event) => event.event === 'shown');
    const { timestamp, ...rest } = shown()[0];
    assert.deepEqual(rest, {
      type: 'new_message', message_id: id, sender_id: 'bob', conversation_id: 'c1', content: 'Oi Alice!',
    });
    assert.ok(Number.isInteger(timestamp) && Math.abs(timestamp - before) < 60_000);

    await server.notify({ user_id: 'alice', type: 'like', actor_id: 'rui', target_type: 'post', target_id: 1 });
    await server.notify(message('com anexo', { metadata: { message_id: 'm2', file_id: 'f1' } }));
    await program.seen('the second message', (event) => event.event === 'shown', 2);
    assert.equal(shown()[1].message_id, 'm2');
    assert.equal(shown()[1].file_id, 'f1');
    assert.equal(await server.unread('alice'), 3);
    await eventually('heartbeats', async () => (await server.metric('session_frames_received_total')) >= 2);

    await server.stop();
    await program.seen('the break', printed('Reconnecting...'));
    await server.run();
    await program.seen('the second connection', printed('Connected to notification server'), 2);
    await server.notify(message('de volta'));
    await program.seen('a message after the restart', (event) => event.event === 'shown', 3);
    assert.equal(shown()[2].content, 'de volta');
  } finally {
    program.end();
    await server.end();
  }
});

test('a thousand connections from one address', async () => {
  const server = await PealServer.start('chat');
  const program = run('chat_load.py', server, Array.from({ length: 1000 }, (_, index) => server.token(`user${index}`)));
  try {
    await program.seen('all started', (event) => event.event === 'waiting');
    await eventually('a thousand', async () => (await server.metric('websocket_connections_active')) === 1000);
    await server.notify({ ...message('para todos'), user_id: undefined, user_ids: ['user0', 'user999'] });
    await eventually('both reached', async () => (await server.metric('notifications_sent_total')) === 2);
  } finally {
    program.end();
    await server.end();
  }
});
