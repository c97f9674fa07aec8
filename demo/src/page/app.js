// The page's half: one connection at a time, two channels, and what they show.

const MIB = 1024 * 1024;
const CHUNK = 64 * 1024;
const HIGH_WATER = 4 * MIB; // How much may wait in a channel before we stop to add to it,
const LOW_WATER = MIB;      // and where we go on.
const LARGEST_FILE = 512 * MIB;

const $ = (id) => document.getElementById(id);

// ---------------------------------------------------------------- formats

function bytes(count) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  while (count >= 1000 && unit < units.length - 1) {
    count /= 1000;
    unit += 1;
  }
  return `${count.toFixed(unit === 0 || count >= 100 ? 0 : 1)} ${units[unit]}`;
}

function milliseconds(time) {
  return `${time.toFixed(time < 10 ? 1 : 0)} ms`;
}

async function sha256(buffer) {
  const digest = await crypto.subtle.digest('SHA-256', buffer);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

// ---------------------------------------------------------------- signaling

// What the server answered, or the reason that it gave (RFC 9457).
async function request(method, path, type, body) {
  const response = await fetch(path, {
    method,
    body,
    headers: type ? { 'content-type': type } : {},
    keepalive: method === 'DELETE',
  });
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new Error(`${method} ${path}: ${response.status} ${problem.detail ?? response.statusText}`);
}

// Candidates as they are found, several to a request, one request at a time (RFC 8840).
class Trickle {
  #pc;
  #waiting = [];
  #path = null;
  #sending = false;

  constructor(pc) {
    this.#pc = pc;
    pc.addEventListener('icecandidate', ({ candidate }) => {
      this.#waiting.push(candidate?.candidate ? `a=${candidate.candidate}` : 'a=end-of-candidates');
      this.#flush();
    });
  }

  start(path) {
    this.#path = path;
    this.#flush();
  }

  async #flush() {
    if (!this.#path || this.#sending) return;
    this.#sending = true;
    try {
      while (this.#waiting.length && this.#pc.signalingState !== 'closed') {
        const lines = [...new Set(this.#waiting.splice(0))];
        await request('PATCH', this.#path, 'application/trickle-ice-sdpfrag', this.#fragment(lines));
      }
    } catch (error) {
      // The server knows our candidates from our checks as well.
      console.warn(error.message);
    } finally {
      this.#sending = false;
    }
  }

  #fragment(lines) {
    const sdp = this.#pc.localDescription.sdp;
    const line = (pattern) => sdp.match(pattern)?.[0].trimEnd();
    return [
      line(/^a=ice-ufrag:.*$/m), line(/^a=ice-pwd:.*$/m),
      line(/^m=.*$/m), line(/^a=mid:.*$/m), ...lines, '',
    ].filter((text) => text !== undefined).join('\r\n');
  }
}

// ---------------------------------------------------------------- the plot

class Plot {
  #canvas = $('plot');
  #samples = [];
  #last = null;

  static PERIOD = 250;
  static SPAN = 30_000;

  constructor() {
    new ResizeObserver(() => this.#draw()).observe(this.#canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#draw());
  }

  // `up` and `down` are bytes since the connection began.
  sample(up, down) {
    const now = performance.now();
    const last = this.#last ?? { now: now - Plot.PERIOD, up, down };
    this.#last = { now, up, down };
    const seconds = (now - last.now) / 1000;
    // A channel that was given up takes back what it had not sent.
    const rate = {
      now,
      up: Math.max(0, up - last.up) / seconds,
      down: Math.max(0, down - last.down) / seconds,
    };
    this.#samples.push(rate);
    while (this.#samples[0].now < now - Plot.SPAN - 2 * Plot.PERIOD) this.#samples.shift();
    $('rate-up').textContent = `${bytes(rate.up)}/s`;
    $('rate-down').textContent = `${bytes(rate.down)}/s`;
    $('total').textContent = bytes(up + down);
    this.#draw();
  }

  restart() {
    this.#last = null;
  }

  #draw() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const scale = devicePixelRatio;
    this.#canvas.width = Math.round(width * scale);
    this.#canvas.height = Math.round(height * scale);
    const style = getComputedStyle(this.#canvas);
    const colour = (name) => style.getPropertyValue(name);
    const context = this.#canvas.getContext('2d');
    context.scale(scale, scale);

    const box = { left: 4, top: 18, right: width - 4, bottom: height - 20 };
    const now = performance.now();
    const peak = Math.max(1e5, ...this.#samples.map(({ up, down }) => Math.max(up, down)));
    const top = roundUp(peak);
    const x = (time) => box.right - ((now - time) / Plot.SPAN) * (box.right - box.left);
    const y = (rate) => box.bottom - (rate / top) * (box.bottom - box.top);

    context.font = `12px ${style.fontFamily}`;
    context.lineWidth = 1;
    context.strokeStyle = colour('--line');
    context.fillStyle = colour('--faint');
    for (const part of [0, 0.5, 1]) {
      const height = Math.round(y(top * part)) + 0.5;
      context.beginPath();
      context.moveTo(box.left, height);
      context.lineTo(box.right, height);
      context.stroke();
      if (part > 0) context.fillText(`${bytes(top * part)}/s`, box.left, height - 4);
    }
    context.textBaseline = 'bottom';
    for (const [text, place, align] of [['30 s ago', box.left, 'left'], ['15 s', (box.left + box.right) / 2, 'center'], ['now', box.right, 'right']]) {
      context.textAlign = align;
      context.fillText(text, place, height);
    }

    context.save();
    context.beginPath();
    context.rect(box.left, 0, box.right - box.left, height);
    context.clip();
    context.lineJoin = 'round';
    for (const [key, name] of [['up', '--up'], ['down', '--down']]) {
      if (this.#samples.length < 2) break;
      context.beginPath();
      for (const sample of this.#samples) context.lineTo(x(sample.now), y(sample[key]));
      context.lineWidth = 2;
      context.strokeStyle = colour(name);
      context.stroke();
      context.lineTo(x(this.#samples.at(-1).now), box.bottom);
      context.lineTo(x(this.#samples[0].now), box.bottom);
      context.globalAlpha = 0.13;
      context.fillStyle = colour(name);
      context.fill();
      context.globalAlpha = 1;
    }
    context.restore();
  }
}

// The next of 1, 2, 4, 5, 10, 20 ... so that half of it is a short number, too.
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 5, 10].map((step) => step * power).find((step) => step >= value);
}

// ---------------------------------------------------------------- chat

class Chat {
  #connection;
  #channel;
  #pending = [];

  constructor(connection) {
    this.#connection = connection;
    const channel = connection.channel('chat');
    this.#channel = channel;
    channel.onopen = () => this.#enable(true);
    channel.onclose = () => connection === this.#connection && this.stop();
    channel.onmessage = ({ data }) => {
      const now = performance.now();
      connection.count(typeof data === 'string' ? new TextEncoder().encode(data).length : data.byteLength);
      const line = this.#pending.shift();
      if (!line) return;
      line.time.textContent = `back after ${milliseconds(now - line.sent)}`;
      if (data !== line.text) {
        line.item.dataset.mood = 'bad';
        line.time.textContent = 'came back changed';
      }
      this.#follow();
    };
  }

  send(text) {
    const item = document.createElement('li');
    const said = document.createElement('span');
    const time = document.createElement('span');
    said.className = 'text';
    said.textContent = text;
    time.className = 'time';
    time.textContent = '…';
    item.append(said, time);
    const log = $('log');
    log.querySelector('.empty')?.remove();
    while (log.children.length >= 500) log.firstChild.remove();
    log.append(item);
    log.scrollTop = log.scrollHeight;
    this.#pending.push({ text, item, time, sent: performance.now() });
    this.#connection.send(this.#channel, text);
  }

  // Keeps the end in sight for those who have it in sight.
  #follow() {
    const log = $('log');
    if (log.scrollHeight - log.scrollTop - log.clientHeight < 80) log.scrollTop = log.scrollHeight;
  }

  // A connection that is closed here does not tell its channels.
  stop() {
    this.#enable(false);
    for (const { time } of this.#pending.splice(0)) time.textContent = 'no echo';
  }

  #enable(open) {
    $('line').disabled = !open;
    $('send').disabled = !open;
  }
}

// ---------------------------------------------------------------- file echo

class FileEcho {
  #connection;
  #channel;
  #transfer = null;

  constructor(connection) {
    this.#connection = connection;
    this.#open();
  }

  #open() {
    const channel = this.#connection.channel('file');
    this.#channel = channel;
    channel.binaryType = 'arraybuffer';
    channel.bufferedAmountLowThreshold = LOW_WATER;
    channel.onopen = () => this.#enable(true);
    channel.onmessage = ({ data }) => this.#onEcho(data);
    channel.onclose = () => {
      if (this.#channel === channel && connection === this.#connection) this.stop();
    };
  }

  stop() {
    this.#end('The channel was closed before the file was back.', 'bad');
    this.#enable(false);
  }

  async send(file) {
    if (this.#transfer || this.#channel.readyState !== 'open') return;
    const transfer = { size: file.size, queued: 0, back: 0, parts: [], began: performance.now() };
    this.#transfer = transfer;
    this.#enable(false);
    $('transfer').hidden = false;
    $('cancel').hidden = false;
    $('file-name').textContent = `${file.name}, ${bytes(file.size)}`;
    $('hash-up').textContent = 'computing …';
    $('hash-down').textContent = '–';
    this.#say('', '');
    this.#paint(transfer);
    if (file.size > LARGEST_FILE) {
      $('hash-up').textContent = '–';
      return this.#end(`Larger than ${bytes(LARGEST_FILE)}: Web Crypto hashes in one piece, so both copies must fit in memory.`, 'bad');
    }

    // Messages arrive far more often than anybody can see.
    transfer.painter = setInterval(() => this.#paint(transfer), 100);
    transfer.hash = file.arrayBuffer().then(sha256);
    transfer.hash.then((hash) => {
      if (this.#transfer === transfer) $('hash-up').textContent = hash;
    }, () => {});
    try {
      await this.#pump(file, transfer);
    } catch (error) {
      if (this.#transfer === transfer) this.#end(`Could not be sent: ${error.message}`, 'bad');
      return;
    }
    if (file.size === 0) this.#finish(transfer);
  }

  // Reads the file piece by piece and never lets more than HIGH_WATER wait in the channel.
  async #pump(file, transfer) {
    const channel = this.#channel;
    const chunk = Math.min(CHUNK, this.#connection.maxMessageSize);
    for (let read = 0; read < file.size; read += MIB) {
      const piece = new Uint8Array(await file.slice(read, read + MIB).arrayBuffer());
      for (let at = 0; at < piece.length; at += chunk) {
        if (channel.bufferedAmount > HIGH_WATER) await drained(channel);
        if (this.#transfer !== transfer) return;
        this.#connection.send(channel, piece.subarray(at, at + chunk));
        transfer.queued = Math.min(read + at + chunk, file.size);
      }
    }
  }

  #onEcho(data) {
    this.#connection.count(data.byteLength);
    const transfer = this.#transfer;
    if (!transfer) return;
    transfer.parts.push(data);
    transfer.back += data.byteLength;
    if (transfer.back >= transfer.size) this.#finish(transfer);
  }

  async #finish(transfer) {
    const seconds = (performance.now() - transfer.began) / 1000;
    clearInterval(transfer.painter);
    this.#paint(transfer);
    $('hash-down').textContent = 'computing …';
    try {
      const echo = await sha256(await new Blob(transfer.parts).arrayBuffer());
      const hash = await transfer.hash;
      if (this.#transfer !== transfer) return;
      $('hash-down').textContent = echo;
      if (echo === hash) {
        const rate = seconds > 0 ? `, ${bytes(transfer.size / seconds)}/s each way` : '';
        this.#end(`✓ The echo is the file: ${seconds.toFixed(2)} s${rate}.`, 'good');
      } else {
        this.#end('✗ The echo differs from the file.', 'bad');
      }
    } catch (error) {
      this.#end(`The echo could not be hashed: ${error.message}`, 'bad');
    }
  }

  // What is on its way cannot be called back, but its channel can be given up.
  cancel() {
    if (!this.#transfer) return;
    const old = this.#channel;
    this.#end('Cancelled.', '');
    this.#enable(false);
    this.#open();
    old.onmessage = null;
    old.close();
  }

  #end(text, mood) {
    if (!this.#transfer) return;
    clearInterval(this.#transfer.painter);
    this.#transfer = null;
    $('cancel').hidden = true;
    this.#say(text, mood);
    this.#enable(this.#channel.readyState === 'open');
  }

  #say(text, mood) {
    $('verdict').textContent = text;
    $('verdict').dataset.mood = mood;
  }

  #paint({ size, queued, back }) {
    const sent = Math.max(back, queued - this.#channel.bufferedAmount);
    for (const [way, done] of [['up', sent], ['down', back]]) {
      $(`progress-${way}`).value = size ? done / size : 1;
      $(`progress-${way}-text`).textContent = `${bytes(done)} of ${bytes(size)}`;
    }
  }

  #enable(open) {
    $('file').disabled = !open;
    $('random').disabled = !open;
    $('choose').toggleAttribute('data-disabled', !open);
  }
}

function drained(channel) {
  return new Promise((resolve, reject) => {
    const end = (act) => () => {
      channel.removeEventListener('bufferedamountlow', low);
      channel.removeEventListener('close', closed);
      act();
    };
    const low = end(resolve);
    const closed = end(() => reject(new Error('the channel was closed')));
    channel.addEventListener('bufferedamountlow', low);
    channel.addEventListener('close', closed);
  });
}

// ---------------------------------------------------------------- the connection

class Connection {
  #pc = new RTCPeerConnection();
  #trickle = new Trickle(this.#pc);
  #began = performance.now();
  #path = null;
  #channels = new Set();
  #queued = 0;
  #gone = 0;
  #received = 0;
  #candidates = 0;
  #timers = [];

  constructor() {
    const pc = this.#pc;
    for (const event of ['signalingstatechange', 'icegatheringstatechange', 'iceconnectionstatechange', 'connectionstatechange']) {
      pc.addEventListener(event, () => this.#show());
    }
    pc.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate?.candidate) this.#candidates += 1;
      this.#show();
    });
    this.chat = new Chat(this);
    this.file = new FileEcho(this);
    plot.restart();
    this.#timers.push(setInterval(() => plot.sample(this.#sent(), this.#received), Plot.PERIOD));
    this.#timers.push(setInterval(() => this.#measure(), 1000));
    for (const step of $('steps').children) step.querySelector('.time').textContent = '';
    this.#show();
  }

  async open() {
    await this.#pc.setLocalDescription();
    const response = await request('POST', '/session', 'application/sdp', this.#pc.localDescription.sdp);
    this.#path = response.headers.get('location');
    const sdp = await response.text();
    if (this.#pc.signalingState === 'closed') return this.#dismiss();
    await this.#pc.setRemoteDescription({ type: 'answer', sdp });
    for (const transport of [this.#pc.sctp?.transport, this.#pc.sctp]) {
      transport?.addEventListener('statechange', () => this.#show());
    }
    this.#trickle.start(this.#path);
    this.#show();
  }

  get state() {
    return this.#pc.connectionState;
  }

  get maxMessageSize() {
    return this.#pc.sctp?.maxMessageSize || CHUNK;
  }

  channel(label) {
    const channel = this.#pc.createDataChannel(label);
    this.#channels.add(channel);
    channel.addEventListener('open', () => this.#show());
    channel.addEventListener('close', () => {
      this.#channels.delete(channel);
      this.#gone += channel.bufferedAmount;
      this.#show();
    });
    return channel;
  }

  send(channel, data) {
    const before = channel.bufferedAmount;
    channel.send(data);
    this.#queued += typeof data === 'string' ? channel.bufferedAmount - before : data.byteLength;
  }

  count(length) {
    this.#received += length;
  }

  close() {
    this.#timers.forEach(clearInterval);
    this.#pc.close();
    if (connection === this) {
      this.chat.stop();
      this.file.stop();
      $('server').textContent = 'session closed';
    }
    this.#show();
    this.#dismiss();
  }

  // The server would notice by itself, but later.
  #dismiss() {
    if (this.#path) request('DELETE', this.#path).catch(() => {});
    this.#path = null;
  }

  #sent() {
    let waiting = this.#gone;
    for (const channel of this.#channels) waiting += channel.bufferedAmount;
    // Firefox brings bufferedAmount up to date late; but what came back has left.
    return Math.max(this.#received, this.#queued - waiting);
  }

  #show() {
    if (connection && connection !== this) return;
    const pc = this.#pc;
    const state = pc.connectionState;
    $('pill').textContent = state;
    $('pill').dataset.state = state;
    $('toggle').textContent = ['closed', 'failed'].includes(state) ? 'Connect' : 'Disconnect';
    const open = [...this.#channels].filter((channel) => channel.readyState === 'open').length;
    this.#step('signaling', pc.signalingState, pc.signalingState === 'stable' && this.#path ? 'good' : 'busy');
    this.#step('ice', pc.iceConnectionState, mood(pc.iceConnectionState));
    this.#step('dtls', pc.sctp?.transport?.state ?? 'new', mood(pc.sctp?.transport?.state));
    this.#step('sctp', pc.sctp?.state ?? 'new', mood(pc.sctp?.state));
    this.#step('channels', `${open} open`, open === 2 ? 'good' : open ? 'busy' : '');
    $('gathering').textContent = `${this.#candidates} (${pc.iceGatheringState})`;
    if (state === 'failed') notice('The connection failed. The server may have been stopped.');
  }

  #step(name, value, mood) {
    const step = document.querySelector(`[data-step="${name}"]`);
    step.querySelector('.value').textContent = value;
    step.dataset.mood = this.#pc.signalingState === 'closed' ? '' : mood;
    const time = step.querySelector('.time');
    if (mood === 'good' && !time.textContent) time.textContent = `after ${milliseconds(performance.now() - this.#began)}`;
  }

  async #measure() {
    if (this.#path) this.#askServer();
    const report = await this.#pc.getStats().catch(() => new Map());
    const all = [...report.values()];
    const transport = all.find(({ type }) => type === 'transport');
    const pair = report.get(transport?.selectedCandidatePairId)
      ?? all.find(({ type, selected }) => type === 'candidate-pair' && selected);
    if (!pair || connection !== this) return;
    if (pair.currentRoundTripTime !== undefined) {
      // Firefox counts whole milliseconds.
      const time = pair.currentRoundTripTime * 1000;
      $('rtt').textContent = time > 0 ? milliseconds(time) : 'below 1 ms';
    }
    $('local').textContent = describe(report.get(pair.localCandidateId));
    $('remote').textContent = describe(report.get(pair.remoteCandidateId));
    if (transport?.dtlsCipher) {
      breakable($('cipher'), `${version(transport.tlsVersion)} ${transport.dtlsCipher}`.trim());
    }
  }

  async #askServer() {
    const path = this.#path;
    try {
      const status = await (await request('GET', path)).json();
      if (connection !== this) return;
      const { bytesSent, bytesReceived } = status.transport;
      $('server').textContent = `${status.connectionState}; ${bytes(bytesReceived)} in, ${bytes(bytesSent)} out`;
    } catch (error) {
      $('server').textContent = 'session is gone';
    }
  }
}

function mood(state) {
  if (['connected', 'completed'].includes(state)) return 'good';
  if (['failed', 'disconnected'].includes(state)) return 'bad';
  return ['checking', 'connecting'].includes(state) ? 'busy' : '';
}

function describe(candidate) {
  if (!candidate) return '–';
  const { address, ip, port, candidateType, protocol } = candidate;
  const host = address ?? ip;
  const name = host ? (host.includes(':') ? `[${host}]` : host) : 'hidden';
  return `${name}:${port} ${protocol ?? ''} ${candidateType}`;
}

function version(hex) {
  return { FEFF: 'DTLS 1.0', FEFD: 'DTLS 1.2', FEFC: 'DTLS 1.3' }[hex?.toUpperCase()] ?? '';
}

// Long names may be broken after an underscore, and nowhere else.
function breakable(element, text) {
  const parts = text.split(/(?<=_)/);
  element.replaceChildren(...parts.flatMap((part) => [part, document.createElement('wbr')]));
}

function notice(text) {
  $('notice').textContent = text;
  $('notice').hidden = !text;
}

// ---------------------------------------------------------------- the page

const plot = new Plot();
let connection = null;

async function connect() {
  connection?.close();
  connection = null;
  notice('');
  for (const id of ['rtt', 'cipher', 'local', 'remote', 'server']) $(id).textContent = '–';
  const fresh = new Connection();
  connection = fresh;
  try {
    await fresh.open();
  } catch (error) {
    if (connection !== fresh) return;
    fresh.close();
    notice(error.message);
  }
}

$('toggle').addEventListener('click', () => {
  if (!connection || ['closed', 'failed'].includes(connection.state)) connect();
  else connection.close();
});

$('chat-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = $('line').value;
  if (!text || $('send').disabled) return;
  $('line').value = '';
  connection.chat.send(text);
});

$('file').addEventListener('change', () => {
  const [file] = $('file').files;
  if (file) connection.file.send(file);
  $('file').value = '';
});

$('random').addEventListener('click', () => {
  const parts = [];
  for (let made = 0; made < 32_000_000; made += 64_000) {
    parts.push(crypto.getRandomValues(new Uint8Array(64_000)));
  }
  connection.file.send(new File(parts, 'Random bytes'));
});

$('cancel').addEventListener('click', () => connection.file.cancel());

$('drop').addEventListener('dragover', (event) => {
  event.preventDefault();
  $('drop').classList.add('over');
});
for (const event of ['dragleave', 'drop']) {
  $('drop').addEventListener(event, () => $('drop').classList.remove('over'));
}
$('drop').addEventListener('drop', (event) => {
  event.preventDefault();
  const [file] = event.dataTransfer.files;
  if (file && !$('file').disabled) connection.file.send(file);
});

addEventListener('pagehide', () => connection?.close());
addEventListener('pageshow', ({ persisted }) => persisted && connect());

connect();
