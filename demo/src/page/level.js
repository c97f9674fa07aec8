// How loud a sound is, shown while it lasts.

const QUIETEST = -60; // decibels below full scale

export class Level {
  #sound;
  #meter;
  #analyser;
  #samples;
  #receiver = null;
  #input = null;
  #request;
  #shown = 0;

  constructor(sound, meter) {
    this.#sound = sound;
    this.#meter = meter;
    this.#analyser = new AnalyserNode(sound, { fftSize: 1024 });
    this.#samples = new Float32Array(this.#analyser.fftSize);
  }

  // `receiver` is where the track comes from, if it comes from the other side.
  watch(track, receiver = null) {
    this.stop();
    this.#receiver = receiver;
    // What cannot be measured is not shown as silence.
    this.#meter.parentElement.hidden = !receiver && this.#sound.state !== 'running';
    const mediaStream = new MediaStream([track]);
    this.#input = new MediaStreamAudioSourceNode(this.#sound, { mediaStream });
    this.#input.connect(this.#analyser);
    this.#look();
  }

  stop() {
    cancelAnimationFrame(this.#request);
    this.#input?.disconnect();
    this.#input = null;
    this.#show(0);
  }

  #look() {
    const level = Math.min(1, Math.max(0, 1 - this.#decibels() / QUIETEST));
    // Up at once, down slowly: a meter that trembles cannot be read.
    this.#show(Math.max(level, this.#shown * 0.92));
    this.#request = requestAnimationFrame(() => this.#look());
  }

  #decibels() {
    if (this.#sound.state !== 'running') {
      // Without a sound device there is nothing to analyse in Firefox, but receivers know.
      return 20 * Math.log10(this.#receiver?.getSynchronizationSources()[0]?.audioLevel || 1e-6);
    }
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const power = this.#samples.reduce((sum, one) => sum + one * one, 0) / this.#samples.length;
    return 10 * Math.log10(power || 1e-12);
  }

  #show(level) {
    this.#shown = level;
    this.#meter.value = level;
  }
}
