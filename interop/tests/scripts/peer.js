// Prelude of a page that is one end of a call: `window.pc`, and `window.signal`, which takes in what
// the other end's `host('signal', ..)` sent. Descriptions and candidates go through the one name, so
// that they arrive in the order in which they were made. `configuration` is the script's argument.

window.pc = new RTCPeerConnection(configuration);

pc.onicecandidate = ({ candidate }) => host('signal', { candidate });

window.describe = async () => {
  await pc.setLocalDescription();
  await host('signal', { description: pc.localDescription });
};

// What is done between an offer and its answer.
window.beforeAnswer = () => {};

window.signal = async ({ description, candidate }) => {
  if (description !== undefined) {
    await pc.setRemoteDescription(description);
    if (description.type !== 'offer') return;
    await beforeAnswer();
    // Not awaited: the other end may be waiting for this very call to return.
    describe();
  } else {
    await pc.addIceCandidate(candidate ?? undefined);
  }
};

// Every remote track plays. Unmuted: a muted element counts as silence in the statistics.
pc.ontrack = ({ track }) => {
  const element = document.createElement(track.kind);
  element.autoplay = true;
  element.srcObject = new MediaStream([track]);
  document.body.append(element);
};

// Resolves when `target` fires `name`, or at once if `already` holds.
window.fired = (target, name, already = () => false) => new Promise(resolve => {
  if (already()) resolve(null);
  else target.addEventListener(name, resolve, { once: true });
});

window.stats = async type =>
  [...(await pc.getStats()).values()].filter(report => report.type === type);

// What the connection agreed on: tlsVersion, dtlsCipher, srtpCipher, ..
window.transport = async () => (await stats('transport'))[0] ?? {};

// Resolves when so many video frames were decoded and so much audio energy was heard.
window.played = async (frames, energy) => {
  for (;;) {
    const inbound = await stats('inbound-rtp');
    const video = inbound.find(({ kind }) => kind === 'video')?.framesDecoded ?? 0;
    const audio = inbound.find(({ kind }) => kind === 'audio')?.totalAudioEnergy ?? 0;
    if (video >= frames && audio >= energy) return { frames: video, energy: audio };
    await new Promise(resolve => setTimeout(resolve, 50));
  }
};
