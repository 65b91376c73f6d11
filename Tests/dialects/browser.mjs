// As much of a browser as the client programs need, with clocks that run a hundred times as fast.
import http from 'node:http';
import crypto from 'node:crypto';
import fs from 'node:fs';
import vm from 'node:vm';

const speed = 100;

/** WebSocket (WHATWG) on a bare socket. Every host is `port` of this machine: the programs name one that may be taken. */
export function makeWebSocket(port, traffic) {
  return class WebSocket {
    static CONNECTING = 0;
    static OPEN = 1;
    static CLOSING = 2;
    static CLOSED = 3;
    readyState = 0;
    onopen = null;
    onmessage = null;
    onclose = null;
    onerror = null;
    #socket = null;
    #bytes = Buffer.alloc(0);
    #end = { code: 1006, reason: '', wasClean: false };

    constructor(url, protocols = []) {
      const { pathname, search } = new URL(url);
      const request = http.request({
        host: '127.0.0.1', port: port(), path: pathname + search,
        headers: {
          Connection: 'Upgrade', Upgrade: 'websocket', Origin: 'http://localhost:3000',
          'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': crypto.randomBytes(16).toString('base64'),
          ...(protocols.length > 0 && { 'Sec-WebSocket-Protocol': protocols.join(', ') }),
        },
      });
      request.on('upgrade', (_response, socket, head) => this.#open(socket, head));
      request.on('response', (response) => {
        response.resume();
        traffic.push({ type: 'refused', status: response.statusCode });
        this.#fail();
      });
      request.on('error', () => this.#fail());
      request.end();
    }

    #open(socket, head) {
      this.#socket = socket;
      this.readyState = 1;
      socket.setNoDelay(true);
      socket.on('data', (bytes) => this.#take(bytes));
      socket.on('error', () => {});
      socket.on('end', () => socket.end());
      socket.on('close', () => this.#finish());
      this.onopen?.({ type: 'open' });
      if (head.length > 0) this.#take(head);
    }

    #take(bytes) {
      this.#bytes = Buffer.concat([this.#bytes, bytes]);
      while (this.#bytes.length >= 2) {
        let length = this.#bytes[1] & 0x7f;
        let start = 2;
        if (length === 126) [length, start] = [this.#bytes.length < 4 ? Infinity : this.#bytes.readUInt16BE(2), 4];
        else if (length === 127) [length, start] = [this.#bytes.length < 10 ? Infinity : Number(this.#bytes.readBigUInt64BE(2)), 10];
        if (this.#bytes.length < start + length) return;
        const opcode = this.#bytes[0] & 0x0f;
        const payload = this.#bytes.subarray(start, start + length);
        this.#bytes = this.#bytes.subarray(start + length);
        this.#frame(opcode, payload);
      }
    }

    #frame(opcode, payload) {
      if (opcode === 9) return this.#write(10, payload);
      if (opcode === 8) {
        this.#end = { code: payload.length >= 2 ? payload.readUInt16BE(0) : 1005, reason: payload.subarray(2).toString(), wasClean: true };
        if (this.readyState === 1) this.#write(8, payload);
        this.readyState = 2;
        return this.#socket.end();
      }
      if (opcode !== 1) return;
      const data = payload.toString();
      traffic.push(data.startsWith('{') ? JSON.parse(data) : data);
      this.onmessage?.({ type: 'message', data });
    }

    #write(opcode, payload) {
      const mask = crypto.randomBytes(4);
      const size = payload.length;
      const head = size < 126
        ? Buffer.from([0x80 | opcode, 0x80 | size])
        : Buffer.from([0x80 | opcode, 0x80 | 126, size >> 8, size & 0xff]);
      this.#socket.write(Buffer.concat([head, mask, Buffer.from(payload.map((byte, index) => byte ^ mask[index % 4]))]));
    }

    #fail() {
      this.onerror?.({ type: 'error' });
      this.#finish();
    }

    #finish() {
      if (this.readyState === 3) return;
      this.readyState = 3;
      traffic.push({ type: 'closed', ...this.#end });
      this.onclose?.({ type: 'close', ...this.#end });
    }

    send(text) {
      if (this.readyState === 1) this.#write(1, Buffer.from(text));
    }

    close(code = 1000, reason = '') {
      if (this.readyState !== 1) return;
      this.readyState = 2;
      const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
      payload.writeUInt16BE(code, 0);
      payload.write(reason, 2);
      this.#write(8, payload);
    }
  };
}

/** A page that runs one of the programs; `lacking` are methods of its class that the program calls and does not have. */
export function openPage(program, { port, token, lacking = {} }) {
  const page = { traffic: [], log: [], errors: [], shown: [], sounds: [], requests: [], badge: { textContent: '', style: {} } };
  const listeners = {};
  const timers = new Set();
  // A test that stops the server holds the clock until the server is there again, however long that takes.
  const due = [];
  page.held = { timeouts: false, intervals: false };
  page.release = () => {
    page.held = { timeouts: false, intervals: false };
    for (const callback of due.splice(0)) callback();
  };
  const setTimeoutHere = (callback, delay = 0) => {
    const timer = setTimeout(() => (page.held.timeouts ? due.push(callback) : callback()), delay / speed);
    timers.add(() => clearTimeout(timer));
    return timer;
  };
  const setIntervalHere = (callback, delay = 0) => {
    const timer = setInterval(() => { if (!page.held.intervals) callback(); }, delay / speed);
    timers.add(() => clearInterval(timer));
    return timer;
  };
  const write = (list) => (...words) => list.push(words.map((word) => (typeof word === 'string' ? word : JSON.stringify(word))).join(' '));
  const origin = `http://127.0.0.1:${port()}`;
  class Notification {
    static permission = 'granted';
    constructor(title, options) { page.shown.push({ title, ...options }); }
  }
  const context = vm.createContext({
    // This realm's, so that what the program makes of it can be compared here.
    JSON,
    console: { log: write(page.log), error: write(page.errors) },
    WebSocket: makeWebSocket(port, page.traffic),
    Notification,
    Audio: class { constructor(source) { this.source = source; } play() { page.sounds.push(this); return Promise.resolve(); } },
    localStorage: { getItem: (name) => (name === 'jwt_token' ? token : null) },
    document: { getElementById: (id) => (id === 'notification-badge' ? page.badge : null) },
    window: { addEventListener: (name, listener) => { listeners[name] = listener; } },
    setTimeout: setTimeoutHere,
    setInterval: setIntervalHere,
    clearTimeout, clearInterval,
    // The program that polls names no token; what a browser adds to a request of the same site is its cookies.
    fetch: async (path) => {
      const headers = { Cookie: `jwt_token=${token}`, 'Sec-Fetch-Site': 'same-origin' };
      const response = await fetch(new URL(path, origin), { headers });
      page.requests.push({ path, status: response.status });
      return response;
    },
  });
  const source = fs.readFileSync(new URL(`clients/${program}.js`, import.meta.url), 'utf8');
  vm.runInContext(source, context, { filename: `${program}.js` });
  context.lacking = lacking;
  vm.runInContext('Object.assign(NotificationClient.prototype, lacking)', context);
  page.client = vm.runInContext('notificationClient', context);
  page.leave = () => listeners.beforeunload?.();
  page.close = () => {
    for (const clear of timers) clear();
    page.client.reconnect = page.client.attemptReconnect = () => {};
    page.client.ws?.close();
  };
  page.frames = (type) => page.traffic.filter((frame) => frame.type === type);
  return page;
}
