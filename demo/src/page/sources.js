// Where picture and sound come from: camera and microphone, or what this page makes up itself.

import { tone } from './tone.js';

const WIDTH = 640;
const HEIGHT = 360;
const RATE = 30;

// How long a browser may leave the question open whether we may use the camera. One without a
// window to ask in never answers it.
const PATIENCE = 8_000;

// A stream with one picture and one sound, and a way to end it.
export class Source {
  #end;

  constructor(stream, name, end) {
    this.stream = stream;
    this.name = name;
    this.#end = end;
  }

  track(kind) {
    return this.stream.getTracks().find((track) => track.kind === kind);
  }

  stop() {
    for (const track of this.stream.getTracks()) track.stop();
    this.#end();
  }
}

// What was wished for, as far as there is such a thing: what is missing is made up.
//
// If the browser answers only after our patience has ended, `better` gets the camera's source.
export async function open(wish, sound, better) {
  if (wish === 'synthetic') return synthetic(sound, 'moving figure and tone');
  if (!navigator.mediaDevices?.getUserMedia) {
    return synthetic(sound, 'synthetic: this browser offers no camera here');
  }
  const answer = capture(sound);
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, PATIENCE, null);
  });
  try {
    const source = await Promise.race([answer, late]);
    if (source) return source;
    answer.then(better, () => {});
    return synthetic(sound, 'synthetic, until the browser gives us the camera');
  } catch (error) {
    return synthetic(sound, `synthetic: ${reason(error)}`);
  } finally {
    clearTimeout(timer);
  }
}

async function capture(sound) {
  const wishes = {
    video: { width: { ideal: WIDTH }, height: { ideal: HEIGHT }, frameRate: { ideal: RATE } },
    audio: true,
  };
  const devices = navigator.mediaDevices;
  const ask = (...kinds) => devices.getUserMedia(Object.fromEntries(kinds.map((kind) => [kind, wishes[kind]])));
  try {
    return captured(await ask('video', 'audio'));
  } catch (error) {
    // One of the two may be there; who has said no is not asked again.
    if (error.name === 'NotAllowedError') throw error;
    const found = await ask('video').catch(() => ask('audio')).catch(() => Promise.reject(error));
    return await completed(found, sound);
  }
}

function captured(stream) {
  return new Source(stream, stream.getTracks().map(({ label }) => label || 'unnamed').join(', '), () => {});
}

async function completed(stream, sound) {
  const there = stream.getTracks()[0];
  const made = there.kind === 'video' ? await tone(sound) : figure();
  const name = `${there.label}, and ${there.kind === 'video' ? 'a tone' : 'a moving figure'}`;
  return new Source(new MediaStream([there, made.track]), name, made.end);
}

async function synthetic(sound, name) {
  const voice = await tone(sound);
  const picture = figure();
  return new Source(new MediaStream([picture.track, voice.track]), name, () => {
    picture.end();
    voice.end();
  });
}

function reason(error) {
  return {
    NotAllowedError: 'the camera was not allowed',
    NotFoundError: 'there is no camera and no microphone',
    NotReadableError: 'the camera is in use elsewhere',
  }[error.name] ?? `no camera (${error.message})`;
}

// A ball on a curve over slowly turning colours, and a clock: movement that one can follow.
function figure() {
  const canvas = document.createElement('canvas');
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const context = canvas.getContext('2d', { alpha: false });
  const began = performance.now();
  let frames = 0;
  const paint = () => {
    const seconds = (performance.now() - began) / 1000;
    const hue = (seconds * 24) % 360;
    const ground = context.createLinearGradient(0, 0, WIDTH, HEIGHT);
    ground.addColorStop(0, `hsl(${hue} 60% 30%)`);
    ground.addColorStop(1, `hsl(${hue + 80} 60% 18%)`);
    context.fillStyle = ground;
    context.fillRect(0, 0, WIDTH, HEIGHT);
    for (let ago = 9; ago >= 0; ago -= 1) {
      const at = seconds - ago * 0.035;
      const x = WIDTH / 2 + Math.sin(at * 1.9) * WIDTH * 0.38;
      const y = HEIGHT / 2 + Math.sin(at * 2.6 + 1) * HEIGHT * 0.32;
      context.beginPath();
      context.arc(x, y, 34 - ago * 2, 0, 2 * Math.PI);
      context.fillStyle = ago ? `hsl(${hue + 180} 90% 65% / ${0.3 - ago * 0.03})` : `hsl(${hue + 180} 90% 68%)`;
      context.fill();
    }
    context.fillStyle = '#fff';
    context.font = '600 22px system-ui, sans-serif';
    context.fillText(`${seconds.toFixed(1)} s`, 16, HEIGHT - 18);
    context.fillText(`picture ${frames}`, WIDTH - 170, HEIGHT - 18);
    frames += 1;
  };
  paint();
  const [track] = canvas.captureStream(RATE).getVideoTracks();
  // A page that nobody sees gets no animation frames, but its timers go on.
  const timer = setInterval(paint, 1000 / RATE);
  return { track, end: () => clearInterval(timer) };
}
