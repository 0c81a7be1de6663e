// A party of a call in a browser's page: `party.ask(what, name, ...)`, as `aio.py` understands it.
'use strict';

const TEXT = 'SECRET-DATACHANNEL-TEXT-';
const AUDIO_BITS = 16000, VIDEO_BITS = 80000;
const LAYERS = [
  { rid: 'h', maxBitrate: 90000 },
  { rid: 'm', maxBitrate: 40000, scaleResolutionDownBy: 2 },
  { rid: 'l', maxBitrate: 20000, scaleResolutionDownBy: 4 },
];

window.party = {
  connections: {}, options: {}, channels: {}, candidates: [],

  async make(name, config, options) {
    const connection = new RTCPeerConnection(config);
    party.connections[name] = connection;
    party.options[name] = options;
    party.channels[name] = 0;
    connection.onicecandidate = (e) => e.candidate && party.candidates.push(e.candidate.candidate);
    connection.ondatachannel = (e) => party.chat(name, e.channel);
    connection.ontrack = (e) => {
      sealFrames(e.receiver, options.frameKey, 'decrypt');
      const element = document.createElement(e.track.kind);
      Object.assign(element, { autoplay: true, muted: true, srcObject: new MediaStream([e.track]) });
      document.body.append(element);
    };
  },

  // Sound and pictures of the browser's fake devices, taken once.
  async media(options) {
    const large = { width: 1280, height: 720, frameRate: 8 };
    const small = { width: 320, height: 180, frameRate: 10 };
    party.stream ??= await navigator.mediaDevices.getUserMedia({
      audio: true, video: options.video === false ? false : options.simulcast ? large : small,
    });
    return party.stream;
  },

  chat(name, channel) {
    channel.onmessage = () => { party.channels[name] += 1; };
    channel.onopen = () => {
      let count = 0;
      const timer = setInterval(() => {
        if (channel.readyState !== 'open') return clearInterval(timer);
        channel.send(TEXT + count++);
      }, 500);
    };
  },

  async offer(name) {
    const connection = party.connections[name], options = party.options[name];
    if (options.channel) party.chat(name, connection.createDataChannel('chat'));
    const tracks = options.media === false ? [] : (await party.media(options)).getTracks();
    for (const track of tracks) {
      const layers = options.simulcast && track.kind === 'video';
      const bits = track.kind === 'audio' ? AUDIO_BITS : VIDEO_BITS;
      const transceiver = connection.addTransceiver(track, {
        direction: options.direction ?? 'sendrecv', streams: [party.stream],
        sendEncodings: layers ? LAYERS : [{ maxBitrate: bits }],
      });
      sealFrames(transceiver.sender, options.frameKey, 'encrypt');
      if (track.kind === 'video') transceiver.setCodecPreferences(codecs(options.codec ?? 'vp8'));
    }
    return party.describe(connection, await connection.createOffer());
  },

  async answer(name, offer) {
    const connection = party.connections[name], options = party.options[name];
    await connection.setRemoteDescription(offer);
    const sends = options.direction !== 'recvonly' && options.media !== false;
    const tracks = sends ? (await party.media(options)).getTracks() : [];
    for (const { receiver, sender } of connection.getTransceivers()) {
      const track = tracks.find((track) => track.kind === receiver.track.kind);
      if (!track) continue;
      await party.send(connection, sender, track);
      sealFrames(sender, options.frameKey, 'encrypt');
    }
    return party.describe(connection, await connection.createAnswer());
  },

  async send(connection, sender, track) {
    connection.getTransceivers().find((of) => of.sender === sender).direction = 'sendrecv';
    await sender.replaceTrack(track);
    const parameters = sender.getParameters();
    if (!parameters.encodings?.length) return;
    parameters.encodings[0].maxBitrate = track.kind === 'audio' ? AUDIO_BITS : VIDEO_BITS;
    await sender.setParameters(parameters);
  },

  // With all candidates in it: nothing trickles.
  async describe(connection, description) {
    await connection.setLocalDescription(description);
    await until(() => connection.iceGatheringState === 'complete', 5);
    return connection.localDescription.toJSON();
  },

  accept: (name, answer) => party.connections[name].setRemoteDescription(answer),

  // Without encryption a connection stays `connecting`: then ICE alone tells.
  async connected(name, seconds = 20) {
    const connection = party.connections[name], { iceAlone } = party.options[name];
    const state = () => iceAlone && /connected|completed/.test(connection.iceConnectionState)
      ? 'connected' : connection.connectionState;
    await until(() => ['connected', 'failed'].includes(state()), seconds);
    return state();
  },

  close: (name) => party.connections[name].close(),

  async stats(name) {
    const connection = party.connections[name], told = [...(await connection.getStats()).values()];
    const by = (id) => told.find((entry) => entry.id === id) ?? {};
    const of = (type) => told.filter((entry) => entry.type === type);
    const transports = of('transport');
    const pairs = of('candidate-pair').filter((pair) => transports.length
      ? transports.some((transport) => transport.selectedCandidatePairId === pair.id)
      : pair.selected || (pair.nominated && pair.state === 'succeeded'));
    const stream = (entry) => ({
      ssrc: entry.ssrc, rtxSsrc: entry.rtxSsrc, kind: entry.kind,
      pt: by(entry.codecId).payloadType, codec: by(entry.codecId).mimeType,
      clock: by(entry.codecId).clockRate, packets: entry.packetsSent ?? entry.packetsReceived,
      lost: entry.packetsLost,
    });
    const candidate = ({ candidateType: type, address, port, protocol, relayProtocol, url }) =>
      ({ type, address, port, protocol, relayProtocol, url });
    return {
      state: connection.connectionState,
      selected: pairs.map((pair) => ({
        local: candidate(by(pair.localCandidateId)), remote: candidate(by(pair.remoteCandidateId)),
      })),
      transports: transports.map(({ dtlsRole, tlsVersion, dtlsCipher, srtpCipher }) =>
        ({ dtlsRole, tlsVersion, dtlsCipher, srtpCipher })),
      outbound: of('outbound-rtp').map(stream), inbound: of('inbound-rtp').map(stream),
      received: { datachannel: party.channels[name] }, candidates: party.candidates,
      localSdp: connection.localDescription?.sdp, remoteSdp: connection.remoteDescription?.sdp,
    };
  },
};

async function until(ready, seconds) {
  for (let waited = 0; !ready() && waited < 1000 * seconds; waited += 50)
    await new Promise((done) => setTimeout(done, 50));
}

function codecs(name) {
  const wanted = new RegExp(`^video/(${name}|rtx)$`, 'i');
  return RTCRtpReceiver.getCapabilities('video').codecs.filter((of) => wanted.test(of.mimeType));
}
