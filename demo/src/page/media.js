// Camera and microphone, or what stands in for them, beside their echo.

import { Figures } from './figures.js';
import { $, bits, milliseconds } from './format.js';
import { Level } from './level.js';
import { Plot } from './plot.js';
import { open } from './sources.js';

const KINDS = ['audio', 'video'];
const percentage = (value) => `${value.toFixed(value < 10 && value > 0 ? 1 : 0)} %`;
const pictures = (value) => `${value.toFixed(0)}/s`;

const plots = Object.entries({
  bitrate: { format: (value) => `${bits(value)}/s`, least: 1e5 },
  loss: { format: percentage, least: 2 },
  trip: { format: milliseconds, least: 2 },
  frames: { format: pictures, least: 30 },
}).map(([name, { format, least }]) => ({
  name,
  format,
  plot: new Plot($(`plot-${name}`), { lines: { up: '--up', down: '--down' }, format, least }),
}));

// One sound system for all: browsers allow few of them, and each only after a click.
let sound = null;
let levels = null;

export class MediaEcho {
  #connection;
  #transceivers = {};
  #source = null;
  #figures = new Figures();
  #run = null; // A new object each time that something begins or ends: who finds another one is late.

  constructor(connection) {
    this.#connection = connection;
    $('media-controls').disabled = true;
    offerCodecs();
  }

  get isRunning() {
    return this.#run !== null;
  }

  // The connection is there, so media can be added to it.
  enable() {
    $('media-controls').disabled = false;
  }

  async start() {
    const run = {};
    this.#run = run;
    this.#show('starting', 'Asking the browser for camera and microphone …');
    try {
      await wake();
      if (this.#run !== run) return;
      const source = await this.#open(run);
      if (!source) return;
      this.#adopt(source);
      this.#show('starting', 'Agreeing with the server …');
      for (const kind of KINDS) await this.#send(kind, source);
      this.#prefer();
      await this.#connection.negotiate();
      if (this.#run !== run) return;
      this.#receive();
    } catch (error) {
      if (this.#run !== run) return;
      this.#end();
      this.#show('failed', `No echo: ${error.message}`);
    }
  }

  // Sends nothing any more; what was agreed with the server stays for the next time.
  async stop() {
    this.#end();
    this.#show('off', 'Stopped.');
    await Promise.all(Object.values(this.#transceivers).map(({ sender }) => sender.replaceTrack(null)));
  }

  // The connection is closed: there is nobody to tell.
  abandon() {
    this.#end();
    if ($('media').dataset.state !== 'new') this.#show('off', '');
    $('media-controls').disabled = true;
  }

  // Another camera, or none, takes over in what is being sent.
  async changeSource() {
    const run = this.#run;
    if (!run) return;
    if (!this.#source) {
      // Still asking: ask anew.
      this.start();
      return;
    }
    const source = await this.#open(run);
    if (source) this.#replace(run, source);
  }

  async changeCodec() {
    if (!this.#source) return;
    try {
      this.#prefer();
      await this.#connection.negotiate();
    } catch (error) {
      if (this.#run) this.#show('on', `The codec stays: ${error.message}`);
    }
  }

  // What the statistics of both sides say, once a second.
  measure(server, browser) {
    if (!this.#source) return;
    const figures = this.#figures.read(server, browser);
    paint(figures);
    $('codecs').textContent = ['video', 'audio'].map((kind) => codec(browser, kind)).filter(Boolean).join('; ');
  }

  async #open(run) {
    const better = (source) => {
      if (this.#run === run && $('source').value === 'camera') this.#replace(run, source);
      else source.stop();
    };
    const wish = $('source').value;
    const source = await open(wish, sound, better);
    if (this.#run === run && $('source').value === wish) return source;
    source.stop();
    return null;
  }

  #adopt(source) {
    this.#source?.stop();
    this.#source = source;
    $('source-name').textContent = source.name;
    $('original').srcObject = source.stream;
    levels.original.watch(source.track('audio'));
  }

  async #replace(run, source) {
    this.#adopt(source);
    try {
      for (const kind of KINDS) await this.#transceivers[kind]?.sender.replaceTrack(source.track(kind));
    } catch (error) {
      if (this.#run === run) this.#show('on', `The source stays: ${error.message}`);
    }
  }

  async #send(kind, source) {
    const known = this.#transceivers[kind];
    const track = source.track(kind);
    if (known) await known.sender.replaceTrack(track);
    else this.#transceivers[kind] = this.#connection.addTransceiver(track, { streams: [source.stream] });
  }

  // Firefox has had codec preferences since version 128.
  #prefer() {
    const { video } = this.#transceivers;
    if (!video?.setCodecPreferences) return;
    const wish = $('codec').value;
    const all = RTCRtpReceiver.getCapabilities('video').codecs;
    const first = all.filter(({ mimeType }) => mimeType === wish);
    video.setCodecPreferences(first.length ? [...first, ...all.filter((one) => !first.includes(one))] : []);
  }

  #receive() {
    const echoed = KINDS.filter((kind) => this.#transceivers[kind].currentDirection === 'sendrecv');
    const tracks = echoed.map((kind) => this.#transceivers[kind].receiver.track);
    $('echo').srcObject = new MediaStream(tracks);
    // Some browsers do not start what was empty before.
    $('echo').play().catch(() => {});
    if (echoed.includes('audio')) levels.echo.watch(tracks[0], this.#transceivers.audio.receiver);
    const missing = KINDS.filter((kind) => !echoed.includes(kind));
    this.#show('on', missing.length ? `The server does not echo ${missing.join(' and ')}.` : '');
  }

  #end() {
    this.#run = null;
    this.#source?.stop();
    this.#source = null;
    this.#figures = new Figures();
    for (const element of [$('original'), $('echo')]) element.srcObject = null;
    for (const level of Object.values(levels ?? {})) level.stop();
    for (const id of ['codecs', 'source-name']) $(id).textContent = '';
    paint({});
    hear(false);
  }

  #show(state, text) {
    $('media').dataset.state = state;
    $('media-toggle').textContent = this.#run ? 'Stop' : 'Start';
    $('hear').disabled = state !== 'on';
    $('media-status').textContent = text;
  }
}

// Whether the echo is heard as well: beside an open microphone it would echo for ever.
export function hear(audible) {
  $('echo').muted = !audible;
  $('hear').setAttribute('aria-pressed', audible);
}

async function wake() {
  sound ??= new AudioContext();
  // Where there is no sound device it may never come.
  await Promise.race([sound.resume(), new Promise((resolve) => setTimeout(resolve, 2000))]);
  levels ??= {
    original: new Level(sound, $('level-original')),
    echo: new Level(sound, $('level-echo')),
  };
}

function paint(figures) {
  for (const { name, format, plot } of plots) {
    const values = figures[name] ?? {};
    plot.add(values);
    for (const way of ['up', 'down']) {
      $(`${name}-${way}`).textContent = values[way] === undefined ? '–' : format(values[way]);
    }
  }
}

// What this browser can send, as a choice.
function offerCodecs() {
  if ($('codec').length > 1) return;
  const { codecs } = RTCRtpSender.getCapabilities?.('video') ?? { codecs: [] };
  const names = new Set(codecs.map(({ mimeType }) => mimeType));
  for (const name of ['video/VP8', 'video/VP9', 'video/H264']) {
    if (names.has(name)) $('codec').append(new Option(name.slice(6), name));
  }
}

function codec(report, kind) {
  const sent = report.find((one) => one.type === 'outbound-rtp' && one.kind === kind && one.codecId);
  const format = report.find(({ id }) => id === sent?.codecId);
  if (!format) return '';
  const name = format.mimeType.split('/')[1];
  const size = sent.frameWidth ? `${sent.frameWidth} × ${sent.frameHeight}` : '';
  const clock = kind === 'audio' ? `${format.clockRate / 1000} kHz` : '';
  return [name, size, clock].filter(Boolean).join(', ');
}
