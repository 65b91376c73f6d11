// `inbox`, by a program that shows a list of what is unread, toasts what is new, and polls when all else fails.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPage } from './browser.mjs';
import { PealServer, eventually } from './server.mjs';

const like = (actor, name) => ({
  user_id: 7, type: 'like', actor_id: actor, actor_name: name, target_type: 'post', target_id: 42,
});

test('a list, toasts, marks, reconnection and polling', async () => {
  const server = await PealServer.start('inbox', '--auth-cookie', 'jwt_token');
  const lists = [];
  const toasts = [];
  const calls = { badge: 0, sound: 0 };
  const token = server.token('7');
  let page;
  try {
    const old = await server.notify(like(1, 'Ana'));
    await server.notify({ user_id: 7, type: 'comment', actor_id: 2, actor_name: 'Maria', excerpt: 'Ótimo post!' });
    await server.call('POST', `/v1/notifications/${old}/read`, {}, token);

    page = openPage('inbox', {
      token, port: () => server.dialectPort,
      lacking: {
        handleInitialLoad: (notifications, count) => lists.push({ notifications, count }),
        showToast: (message) => toasts.push(message),
        updateBadgeCount: () => { calls.badge += 1; },
        playNotificationSound: () => { calls.sound += 1; },
      },
    });
    await eventually('the list', () => lists.length === 1);
    assert.equal(lists[0].count, 1);
    assert.deepEqual(lists[0].notifications.map((row) => row.message), ["Maria comentou: 'Ótimo post!'"]);

    await server.notify(like(3, 'João'));
    await eventually('a toast', () => toasts.length === 1);
    await server.notify(like(4, 'Pedro'));
    await eventually('a toast for the grown one', () => toasts.length === 2);
    assert.deepEqual(toasts, ['João curtiu seu post', 'Pedro e João curtiram seu post']);
    assert.deepEqual(calls, { badge: 2, sound: 2 });
    const [first, grown] = page.frames('new_notification').map((frame) => frame.notification);
    assert.equal(first.id, grown.id);
    assert.equal(grown.type, 'like');
    assert.equal(grown.actor_id, '4');
    assert.equal(grown.target_id, '42');

    page.client.markAsRead(grown.id);
    await eventually('the reply', () => page.frames('marked_read').length === 1);
    assert.equal(page.frames('marked_read')[0].notification_id, grown.id);
    assert.equal(await server.unread('7'), 1);
    page.client.markAllAsRead();
    await eventually('the reply', () => page.frames('marked_all_read').length === 1);
    assert.equal(page.frames('marked_all_read')[0].count, 1);
    assert.equal(await server.unread('7'), 0);

    page.held.timeouts = true;
    await server.stop();
    await eventually('a reconnection', () => page.log.includes('Reconnecting in 2000ms...'));
    await server.run();
    page.release();
    await eventually('the second connection', () => page.log.filter((line) => line.startsWith('Connected')).length === 2);
    await server.notify(like(5, 'Bia'));
    await eventually('a toast after the restart', () => toasts.length === 3);
    assert.equal(lists.length, 1, 'nothing was unread when it came back');

    page.held.intervals = true;
    await server.stop();
    await eventually('giving up', () => page.errors.some((line) => line.includes('Falling back to polling')));
    await server.run();
    page.release();
    await eventually('a poll', () => page.requests.length > 0);
    assert.deepEqual(page.requests[0], { path: '/notifications?limit=10', status: 200 });
    await eventually('what it brought', () => toasts.length >= 6);
  } finally {
    page?.close();
    await server.end();
  }
});

test('a bad token is close code 1008 where that is set', async () => {
  const server = await PealServer.start('inbox', '--auth-refusal', 'close');
  const page = openPage('inbox', { token: 'not.a.token', port: () => server.dialectPort });
  try {
    await eventually('the end', () => page.frames('closed').length > 0);
    assert.equal(page.frames('closed')[0].code, 1008);
    assert.ok(page.log.includes('Disconnected from notifications'));
  } finally {
    page.close();
    await server.end();
  }
});
