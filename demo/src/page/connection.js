// One connection with the server: two channels, media if they are wanted, and what is shown of them.

import { Chat } from './chat.js';
import { CHUNK, FileEcho } from './file.js';
import { $, bytes, milliseconds } from './format.js';
import { MediaEcho } from './media.js';
import { Trickle, request } from './signaling.js';
import { Throughput } from './throughput.js';

export class Connection {
  // Another one is shown.
  retired = false;

  #pc = new RTCPeerConnection();
  #trickle = new Trickle(this.#pc);
  #began = performance.now();
  #path = null;
  #channels = new Set();
  #queued = 0;
  #gone = 0;
  #received = 0;
  #candidates = 0;
  #negotiation = Promise.resolve();
  #throughput = new Throughput(() => ({ up: this.#sent(), down: this.#received }));
  #timer = setInterval(() => this.#measure(), 1000);

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
    this.media = new MediaEcho(this);
    for (const step of $('steps').children) step.querySelector('.time').textContent = '';
    this.#show();
  }

  async open() {
    await this.negotiate();
    for (const transport of [this.#pc.sctp?.transport, this.#pc.sctp]) {
      transport?.addEventListener('statechange', () => this.#show());
    }
    this.#show();
  }

  // Offers what has changed, one exchange after the other; the server never begins one.
  negotiate() {
    const outcome = this.#negotiation.then(() => this.#exchange());
    this.#negotiation = outcome.catch(() => {});
    return outcome;
  }

  async #exchange() {
    const pc = this.#pc;
    // Candidates that are found meanwhile belong to a description that the server does not know yet.
    this.#trickle.stop();
    await pc.setLocalDescription();
    try {
      const [method, path] = this.#path ? ['PATCH', this.#path] : ['POST', '/session'];
      const response = await request(method, path, 'application/sdp', pc.localDescription.sdp);
      this.#path ??= response.headers.get('location');
      const sdp = await response.text();
      if (pc.signalingState === 'closed') {
        this.#dismiss();
        return;
      }
      await pc.setRemoteDescription({ type: 'answer', sdp });
    } catch (error) {
      if (pc.signalingState === 'have-local-offer') await pc.setLocalDescription({ type: 'rollback' });
      throw error;
    } finally {
      this.#trickle.start(this.#path);
    }
  }

  addTransceiver(track, init) {
    return this.#pc.addTransceiver(track, init);
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
    clearInterval(this.#timer);
    this.#throughput.stop();
    this.#pc.close();
    if (!this.retired) {
      this.chat.stop();
      this.file.stop();
      this.media.abandon();
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
    if (this.retired) return;
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
    if (pc.connectionState === 'connected') this.media.enable();
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
    const [status, report] = await Promise.all([
      this.#askServer(),
      this.#pc.getStats().catch(() => new Map()),
    ]);
    if (this.retired || this.#pc.connectionState === 'closed') return;
    const all = [...report.values()];
    // The server's report has its objects under their ids, as getStats() has.
    this.media.measure(Object.values(status?.stats ?? {}), all);
    const transport = all.find(({ type }) => type === 'transport');
    const pair = report.get(transport?.selectedCandidatePairId)
      ?? all.find(({ type, selected }) => type === 'candidate-pair' && selected);
    if (!pair) return;
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
    if (!this.#path) return null;
    let status = null;
    let text = 'session is gone';
    try {
      status = await (await request('GET', this.#path)).json();
      const { bytesSent, bytesReceived } = status.transport;
      text = `${status.connectionState}; ${bytes(bytesReceived)} in, ${bytes(bytesSent)} out`;
    } catch (error) {
      console.warn(error.message);
    }
    if (!this.retired && this.#pc.connectionState !== 'closed') $('server').textContent = text;
    return status;
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

export function notice(text) {
  $('notice').textContent = text;
  $('notice').hidden = !text;
}
