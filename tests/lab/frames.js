// End-to-end encryption of frames: AES-GCM with a key that no server knows. What a server and the
// packetiser must read stays in clear: of VP8 10 octets of a key frame, 3 of another, of Opus 1.
// After the sealed octets stand the nonce and two octets that tell its length and the key.
'use strict';

const WORKER = `
const NONCE = 12, TAG = 16;
const clear = (frame) => frame.type === 'key' ? 10 : frame.type === 'delta' ? 3 : 1;
const with_key = (key, nonce, head) => [{ name: 'AES-GCM', iv: nonce, additionalData: head }, key];

async function encrypt(key, frame) {
  const octets = new Uint8Array(frame.data), head = octets.subarray(0, clear(frame));
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE));
  const body = octets.subarray(head.length);
  const sealed = new Uint8Array(await crypto.subtle.encrypt(...with_key(key, nonce, head), body));
  frame.data = joined(head, sealed, nonce, [NONCE, 0]);
}

async function decrypt(key, frame) {
  const octets = new Uint8Array(frame.data), head = octets.subarray(0, clear(frame));
  const end = octets.length - NONCE - 2, nonce = octets.subarray(end, end + NONCE);
  const sealed = octets.subarray(head.length, end);
  const body = new Uint8Array(await crypto.subtle.decrypt(...with_key(key, nonce, head), sealed));
  frame.data = joined(head, body);
}

function joined(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { all.set(part, at); at += part.length; }
  return all.buffer;
}

onrtctransform = async ({ transformer: { options, readable, writable } }) => {
  const key = await crypto.subtle.importKey('raw', options.key, 'AES-GCM', false, [options.way]);
  const change = { encrypt, decrypt }[options.way];
  const transform = async (frame, out) => {
    // What cannot be opened is not shown.
    try { await change(key, frame); out.enqueue(frame); } catch (error) { }
  };
  readable.pipeThrough(new TransformStream({ transform })).pipeTo(writable);
};`;

let worker;

function sealFrames(sender, hexadecimal, way) {
  if (!hexadecimal) return;
  worker ??= new Worker(URL.createObjectURL(new Blob([WORKER], { type: 'text/javascript' })));
  const key = new Uint8Array(hexadecimal.match(/../g).map((octet) => parseInt(octet, 16)));
  sender.transform = new RTCRtpScriptTransform(worker, { way, key });
}
