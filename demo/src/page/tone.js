// A tone whose pitch and loudness go up and down, each at its own pace.

const PITCH = { middle: 440, depth: 220, pace: 0.25 };
const LOUDNESS = { middle: 0.22, depth: 0.2, pace: 0.625 };

// A track with the tone, and a way to end it.
export async function tone(sound) {
  return sound.state === 'running' ? played(sound) : recorded();
}

function played(sound) {
  const voice = new OscillatorNode(sound, { frequency: PITCH.middle });
  const loudness = new GainNode(sound, { gain: LOUDNESS.middle });
  const end = new MediaStreamAudioDestinationNode(sound, { channelCount: 1 });
  const swing = ({ depth, pace }, target) => {
    const oscillator = new OscillatorNode(sound, { frequency: pace });
    oscillator.connect(new GainNode(sound, { gain: depth })).connect(target);
    oscillator.start();
    return oscillator;
  };
  const all = [voice, swing(PITCH, voice.frequency), swing(LOUDNESS, loudness.gain)];
  voice.connect(loudness).connect(end);
  voice.start();
  return { track: end.stream.getAudioTracks()[0], end: () => all.forEach((one) => one.stop()) };
}

// Firefox has no Web Audio on a machine without a sound device, but it plays recordings there.
async function recorded() {
  const address = URL.createObjectURL(recording());
  const player = new Audio(address);
  player.loop = true;
  await player.play();
  const stream = (player.captureStream ?? player.mozCaptureStream).call(player);
  return {
    track: stream.getAudioTracks()[0],
    end: () => {
      player.pause();
      URL.revokeObjectURL(address);
    },
  };
}

// Eight seconds as a WAVE file: both paces come round in that time.
function recording() {
  const [rate, seconds] = [24_000, 8];
  const samples = Int16Array.from({ length: rate * seconds }, (_, index) => {
    const at = index / rate;
    const turn = (pace) => 2 * Math.PI * pace * at;
    // The integral of the pitch.
    const phase = turn(PITCH.middle) - (PITCH.depth / PITCH.pace) * Math.cos(turn(PITCH.pace));
    return 32_767 * (LOUDNESS.middle + LOUDNESS.depth * Math.sin(turn(LOUDNESS.pace))) * Math.sin(phase);
  });
  const header = new DataView(new ArrayBuffer(44));
  const text = (at, word) => [...word].forEach((letter, index) => header.setUint8(at + index, letter.charCodeAt()));
  text(0, 'RIFF');
  header.setUint32(4, 36 + samples.byteLength, true);
  text(8, 'WAVEfmt ');
  header.setUint32(16, 16, true);
  header.setUint16(20, 1, true); // linear samples
  header.setUint16(22, 1, true); // one channel
  header.setUint32(24, rate, true);
  header.setUint32(28, 2 * rate, true);
  header.setUint16(32, 2, true);
  header.setUint16(34, 16, true);
  text(36, 'data');
  header.setUint32(40, samples.byteLength, true);
  return new Blob([header, samples], { type: 'audio/wav' });
}
