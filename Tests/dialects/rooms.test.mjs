// `rooms`, by a program that keeps a badge, shows browser notifications and plays a sound. Its React hook sets `onopen` of a
// socket that is null until `connect`, and so throws before it does anything: our own client stands in its place.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PealClient } from '../../Clients/js/index.js';
import { makeWebSocket, openPage } from './browser.mjs';
import { PealServer, eventually } from './server.mjs';

const message = (text) => ({
  user_id: 'ana', type: 'new_message', actor_id: 'john', actor_name: 'John', target_type: 'room', target_id: 'r1',
  title: 'New message from John', message: `John: ${text}`,
});
const like = (actor) => ({ user_id: 'ana', type: 'like', actor_id: actor, target_type: 'post', target_id: 1 });

/** What the hook returns, kept by our client instead of the program's: `notifications, unreadCount, connected, markAsRead`. */
function useNotifications(server, token) {
  const traffic = [];
  const client = new PealClient({
    url: `http://127.0.0.1:${server.dialectPort}`, token, transports: ['websocket'],
    environment: { WebSocket: makeWebSocket(() => server.dialectPort, traffic) },
  });
  const hook = {
    notifications: [], unreadCount: 0, connected: false, phases: [], shown: [], traffic,
    markAsRead: (id) => client.markRead(id), markAllAsRead: () => client.markAllRead(), leave: () => client.close(),
  };
  client.on('change', () => { hook.notifications = client.notifications; });
  client.on('count', ({ unread }) => { hook.unreadCount = unread; });
  client.on('notification', (row) => hook.shown.push(row.message));
  client.on('state', ({ phase }) => {
    hook.connected = phase === 'live';
    hook.phases.push(phase);
  });
  client.connect();
  return hook;
}

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

test('the hook, kept by our own client beside the program, on the same port', async () => {
  const server = await PealServer.start('rooms', '--drain-reconnect-delay', '50ms', '--drain-reconnect-spread', '0s');
  const token = server.token('ana');
  let page;
  let hook;
  try {
    await server.notify(message('early'));
    hook = useNotifications(server, token);
    await eventually('the first page', () => hook.connected && hook.notifications.length === 1);
    assert.equal(hook.unreadCount, 1);
    assert.equal(hook.traffic[0].type, 'initial_load', 'who offers peal.v1 speaks it on every port');
    page = openPage('rooms', { token, port: () => server.dialectPort });
    await eventually('the program', () => page.badge.textContent === 1);

    const id = await server.notify(message('Hello there...'));
    await eventually('the newest first', () => hook.notifications[0]?.message === 'John: Hello there...');
    assert.equal(hook.unreadCount, 2, 'counted by the server, not by adding one');
    assert.deepEqual(hook.shown, ['John: Hello there...']);
    await eventually('the same in the program', () => page.badge.textContent === 2);

    await hook.markAsRead(id);
    assert.equal(hook.unreadCount, 1);
    assert.equal(hook.notifications[0].is_read, true);
    await eventually('the program hears of it', () => page.badge.textContent === 1);
    assert.deepEqual(page.frames('notification_update').at(-1).data, { notification_id: id, status: 'read' });
    await hook.markAsRead(id);
    assert.equal(hook.unreadCount, 1, 'marking twice counts once');

    const second = await server.notify(message('again'));
    await eventually('another', () => hook.unreadCount === 2);
    page.client.markNotificationAsRead(second);
    await eventually('what the program marked', () => hook.unreadCount === 1);

    await server.notify(like('bia'));
    await server.notify(like('rui'));
    await eventually('one notification that grows', () => hook.notifications[0].actor_count === 2);
    assert.equal(hook.notifications.length, 4);
    assert.equal(hook.unreadCount, 2);

    page.held.timeouts = true;
    await server.stop();
    await eventually('the end', () => !hook.connected);
    await server.run();
    await server.notify(message('while away'));
    await eventually('coming back', () => hook.connected && hook.unreadCount === 3);
    assert.equal(hook.notifications[0].message, 'John: while away');
    assert.equal(hook.notifications.length, 5);
    await hook.markAllAsRead();
    assert.equal(hook.unreadCount, 0);
    assert.equal(await server.unread('ana'), 0);

    hook.leave();
    page.leave();
    await eventually('nobody', async () => (await server.metric('websocket_connections_active')) === 0);
    assert.equal(hook.phases.at(-1), 'idle');
  } finally {
    hook?.leave();
    page?.close();
    await server.end();
  }
});
