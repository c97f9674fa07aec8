// On top of peer.js and channels.js: sources of sound and picture that need no device, transceivers
// with chosen codecs, and what the browser's statistics say of them.

const canvases = new Map();

// A picture that moves and never is the same, `noise` of whose sixteenths cannot be foretold: so
// frames take more than one packet.
window.videoSource = ({ width = 320, height = 240, rate = 15, noise = 2 } = {}) => {
  const key = `${width}x${height}@${rate}/${noise}`;
  if (!canvases.has(key)) {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width, height });
    const context = canvas.getContext('2d');
    const patch = context.createImageData(width, height * noise >> 4 || 1);
    let frame = 0;
    const draw = () => {
      frame += 1;
      context.fillStyle = `hsl(${frame * 3 % 360} 60% 50%)`;
      context.fillRect(0, 0, width, height);
      context.fillStyle = 'white';
      context.fillRect(frame * 4 % width, height / 2, width / 8, height / 8);
      for (let i = 0; i < patch.data.length; i += 65536) {
        crypto.getRandomValues(patch.data.subarray(i, i + 65536));
      }
      if (noise > 0) context.putImageData(patch, 0, frame * 2 % height);
    };
    draw();
    setInterval(draw, 1000 / rate);
    canvases.set(key, canvas.captureStream(rate).getVideoTracks()[0]);
  }
  return canvases.get(key).clone();
};

let microphone;

// The microphone, which is no real one: it beeps. (Firefox lets no AudioContext run here.)
window.audioSource = async () => {
  microphone ??= navigator.mediaDevices.getUserMedia({ audio: true });
  const [track] = (await microphone).getAudioTracks();
  return track.clone();
};

window.source = async (kind, options) =>
  kind === 'audio' ? await audioSource() : videoSource(options);

// The names of what the build encodes: `VP8`, `OPUS`, ..
window.codecNames = kind => {
  const names = RTCRtpSender.getCapabilities(kind).codecs.map(codec => nameOf(codec));
  return [...new Set(names)];
};

const nameOf = ({ mimeType }) => mimeType.split('/')[1].toUpperCase();

// Leaves a transceiver this codec, with or without retransmissions.
window.prefer = (transceiver, codec, rtx = true) => {
  const { codecs } = RTCRtpReceiver.getCapabilities(transceiver.receiver.track.kind);
  const wanted = codecs.filter(known => nameOf(known) === codec || rtx && nameOf(known) === 'RTX');
  transceiver.setCodecPreferences(wanted);
};

// A transceiver that sends what `source` makes.
window.addMedia = async ({ kind, codec, rtx, direction = 'sendrecv', sendEncodings, options }) => {
  const track = await source(kind, options);
  const init = { direction, streams: [new MediaStream([track])] };
  if (sendEncodings) init.sendEncodings = sendEncodings;
  const transceiver = pc.addTransceiver(track, init);
  if (codec) prefer(transceiver, codec, rtx);
  return transceiver;
};

// Before an offer is answered: whatever it would have us receive, we send as well.
window.sendAll = async options => {
  for (const transceiver of pc.getTransceivers()) {
    if (transceiver.direction === 'recvonly' && transceiver.currentDirection === null) {
      const track = await source(transceiver.receiver.track.kind, options);
      await transceiver.sender.replaceTrack(track);
      transceiver.direction = 'sendrecv';
    }
  }
};

// What the statistics say of each transceiver, in order.
window.mediaStats = () => Promise.all(pc.getTransceivers().map(async transceiver => {
  const { mid, direction, currentDirection, sender, receiver } = transceiver;
  const [sent, received] = await Promise.all([sender.getStats(), receiver.getStats()]);
  const all = (reports, type) => [...reports.values()]
    .filter(report => report.type === type)
    .map(report => ({ ...report, codec: reports.get(report.codecId)?.mimeType }));
  return {
    mid,
    kind: receiver.track.kind,
    direction,
    currentDirection,
    inbound: all(received, 'inbound-rtp')[0] ?? {},
    remoteOutbound: all(received, 'remote-outbound-rtp')[0] ?? {},
    outbound: all(sent, 'outbound-rtp'),
    remoteInbound: all(sent, 'remote-inbound-rtp'),
  };
}));

// Resolves with what `look` makes of the statistics as soon as `enough` is true of it; says what was
// seen last if that does not happen in time.
window.eventually = async (look, enough, time = 25000) => {
  const end = performance.now() + time;
  for (;;) {
    const seen = await look();
    if (enough(seen)) return seen;
    if (performance.now() > end) throw new Error(`not in time: ${JSON.stringify(seen)}`);
    await new Promise(resolve => setTimeout(resolve, 100));
  }
};

// What has come back of each transceiver with a current direction that receives.
window.heard = async () => (await mediaStats())
  .filter(({ currentDirection }) => ['sendrecv', 'recvonly'].includes(currentDirection))
  .map(({ mid, kind, inbound }) => ({
    mid,
    kind,
    codec: inbound.codec,
    packets: inbound.packetsReceived ?? 0,
    frames: inbound.framesDecoded ?? 0,
    keyFrames: inbound.keyFramesDecoded ?? 0,
    energy: inbound.totalAudioEnergy ?? 0,
    lost: inbound.packetsLost ?? 0,
    nacks: inbound.nackCount ?? 0,
    plis: inbound.pliCount ?? 0,
    repaired: inbound.retransmittedPacketsReceived ?? 0,
    freezes: inbound.freezeCount ?? 0,
    dropped: inbound.framesDropped ?? 0,
  }));

// Resolves when each transceiver has brought so many frames, or sound.
window.allHeard = (frames, transceivers = 1) => eventually(heard, seen =>
  seen.length >= transceivers
    && seen.every(({ kind, ...its }) => kind === 'video'
      ? its.frames >= frames
      : its.energy > 0.001 && its.packets >= 2 * frames));
