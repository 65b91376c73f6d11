// `rooms`, by a program that keeps a badge, shows browser notifications and plays a sound. Its React hook is not here: it
// sets `onopen` of a socket that is null until `connect`, and so throws before it does anything.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPage } from './browser.mjs';
import { PealServer, eventually } from './server.mjs';

const message = (text) => ({
  user_id: 'ana', type: 'new_message', actor_id: 'john', actor_name: 'John', target_type: 'room', target_id: 'r1',
  title: 'New message from John', message: `John: ${text}`,
});
const like = (actor) => ({ user_id: 'ana', type: 'like', actor_id: actor, target_type: 'post', target_id: 1 });

test('a badge, browser notifications, marks, heartbeats and reconnection', async () => {
  const server = await PealServer.start('rooms');
  const token = server.token('ana');
  let page;
  try {
    await server.notify(message('early'));
    page = openPage('rooms', { token, port: () => server.dialectPort });
    const updates = [];
    const tell = page.client.onNotificationUpdate.bind(page.client);
    page.client.onNotificationUpdate = (update) => { updates.push(update); tell(update); };
    await eventually('the count', () => page.badge.textContent === 1);
    assert.equal(page.traffic[0].type, 'unread_count', 'nothing comes before the answer to its first command');

    const id = await server.notify(message('Hello there...'));
    await eventually('the new count', () => page.badge.textContent === 2);
    assert.deepEqual(page.shown, [{
      title: 'New message from John', body: 'John: Hello there...', icon: '/favicon.ico', tag: id,
    }]);
    assert.equal(page.sounds.length, 1);
    for (const file of ['/favicon.ico', page.sounds[0].source]) {
      assert.equal((await fetch(`http://127.0.0.1:${server.dialectPort}${file}`)).status, 200, file);
    }
    const { data } = page.frames('notification')[0];
    assert.equal(data.notification_type, 'new_message');
    assert.equal(data.sender_id, 'john');
    assert.equal(data.room_id, 'r1');
    assert.ok(Math.abs(Date.parse(data.timestamp) - Date.now()) < 60_000);

    page.client.markNotificationAsRead(id);
    await eventually('the count after reading', () => page.badge.textContent === 1);
    assert.deepEqual(updates, [{ notification_id: id, status: 'read' }]);

    const liked = await server.notify(like('bia'));
    await eventually('a like', () => page.shown.length === 2);
    await server.notify(like('rui'));
    await eventually('the update of the same', () => updates.length === 2);
    assert.deepEqual(updates[1], { notification_id: liked, status: 'unread' });
    assert.equal(page.shown.length, 2, 'a notification that grows is not shown again');
    await eventually('its count', () => page.badge.textContent === 2);

    await server.call('POST', '/v1/notifications/read-all', {}, token);
    await eventually('the count of another device', () => page.badge.textContent === '');
    await eventually('a heartbeat', () => page.log.includes('Received heartbeat pong'));
    assert.ok(!page.log.some((line) => line.startsWith('Unknown message type')), page.log.join('\n'));

    page.held.timeouts = true;
    await server.stop();
    await eventually('the end', () => page.log.some((line) => line.startsWith('WebSocket disconnected: 1001')));
    await server.run();
    page.release();
    await eventually('coming back', () => page.log.filter((line) => line.startsWith('WebSocket connected')).length === 2);
    await server.notify(message('again'));
    await eventually('the count after the restart', () => page.badge.textContent === 1);

    page.leave();
    await eventually('leaving', () => page.log.some((line) => line.startsWith('WebSocket disconnected: 1000')));
    await eventually('nobody', async () => (await server.metric('websocket_connections_active')) === 0);
    assert.ok(!page.log.at(-1).startsWith('Attempting'), 'who leaves does not come back');
  } finally {
    page?.close();
    await server.end();
  }
});

test('the first answer after a ping is a pong', async () => {
  const server = await PealServer.start('rooms');
  const page = openPage('rooms', { token: server.token('ana'), port: () => server.dialectPort });
  try {
    await eventually('both answers', () => page.frames('pong').length > 0);
    assert.deepEqual(page.traffic.slice(0, 2).map((frame) => frame.type), ['unread_count', 'pong']);
    assert.equal(page.traffic[0].data.count, 0);
    page.client.ws.send('ping');
    await eventually('the plain answer', () => page.traffic.includes('pong'));
  } finally {
    page.close();
    await server.end();
  }
});
