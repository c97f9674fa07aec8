// Prelude of a page that is one end of a call: `window.pc`, and `window.signal`, which takes in what
// the other end's `host('signal', ..)` sent. Descriptions and candidates go through the one name, so
// that they arrive in the order in which they were made. `configuration` is the script's argument.

window.pc = new RTCPeerConnection(configuration);

pc.onicecandidate = ({ candidate }) => host('signal', { candidate });

window.describe = async () => {
  await pc.setLocalDescription();
  await host('signal', { description: pc.localDescription });
};

window.signal = async ({ description, candidate }) => {
  if (description !== undefined) {
    await pc.setRemoteDescription(description);
    if (description.type === 'offer') await describe();
  } else {
    await pc.addIceCandidate(candidate ?? undefined);
  }
};

// Resolves when `target` fires `name`, or at once if `already` holds.
window.fired = (target, name, already = () => false) => new Promise(resolve => {
  if (already()) resolve(null);
  else target.addEventListener(name, resolve, { once: true });
});

// What the connection agreed on, as its statistics tell.
window.agreed = async () => {
  const stats = [...(await pc.getStats()).values()];
  const transport = stats.find(({ type }) => type === 'transport');
  const of = id => stats.find(report => report.id === id);
  const pair = of(transport?.selectedCandidatePairId) ?? stats.find(report => report.type === 'candidate-pair' && report.selected);
  return { tls: transport?.tlsVersion, cipher: transport?.dtlsCipher, local: of(pair?.localCandidateId)?.address };
};
