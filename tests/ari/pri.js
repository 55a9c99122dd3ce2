// SPDX-License-Identifier: GPL-2.0-or-later
// A PBX application on npm's ari-client, as it is, whose calls are ISDN calls: it answers by itself, and the
// rest step by step, each when a user event of that name tells it to; at its end it sends the user event "done".
// Whether it was right is judged by who ordered it, from outside. usage: pri.js URL USER PASSWORD
'use strict';

const client = require('ari-client');
const [url, user, password] = process.argv.slice(2);
const PATIENCE = 60000;
const APP = 'ivr';
let ari;
let caller;
let bridge;
let desk;
let second;
let third;
let asked;

function heard(type, fits) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${type}`)), PATIENCE);
    ari.on(type, function listener(event, instances) {
      if (fits(event)) {
        clearTimeout(timer);
        ari.removeListener(type, listener);
        resolve([event, instances]);
      }
    });
  });
}

async function up(number) {
  const channel = ari.Channel();
  const answered = heard('ChannelStateChange', (e) => e.channel.id === channel.id && e.channel.state === 'Up');
  await channel.originate({ endpoint: `PRI/phones/${number}`, app: APP, appArgs: 'out', callerId: '"Desk" <3000>' });
  await answered;
  return channel;
}

async function together(channels) {
  const made = ari.Bridge();
  await made.create({ type: 'mixing' });
  const entered = channels.map((c) => heard('ChannelEnteredBridge', (e) => e.channel.id === c.id));
  await made.addChannel({ channel: channels.map((c) => c.id) });
  await Promise.all(entered);
  return made;
}

const steps = {
  async prompt() {
    const playback = ari.Playback();
    const finished = heard('PlaybackFinished', (e) => e.playback.id === playback.id);
    await caller.play({ media: 'sound:prompt' }, playback);
    return { state: (await finished)[0].playback.state };
  },

  async collect() {
    let digits = '';
    const collected = heard('ChannelDtmfReceived', (e) => {
      digits += e.channel.id === caller.id ? e.digit : '';
      return digits.endsWith('#');
    });
    await ari.events.userEvent({ eventName: 'listening', application: APP });
    await collected;
    return { digits };
  },

  async record() {
    const started = heard('RecordingStarted', (e) => e.recording.name === 'message');
    await caller.record({ name: 'message', format: 'wav', ifExists: 'overwrite', maxSilenceSeconds: 60, terminateOn: '#' });
    await started;
    heard('RecordingFinished', (e) => e.recording.name === 'message').then(([e]) => ari.events.userEvent(
      { eventName: 'recorded', application: APP, variables: { variables: { duration: String(e.recording.duration) } } }));
    return {};
  },

  async bridge() {
    desk = await up('2001');
    bridge = await together([caller, desk]);
    return {};
  },

  // The desk has a second call and asks on it;
  async consult() {
    second = await up('2003');
    third = await up('2004');
    asked = await together([second, third]);
    return {};
  },

  // then it puts the caller through.
  async transfer() {
    const told = heard('BridgeAttendedTransfer', () => true);
    const gone = [second, third].map((c) => heard('ChannelDestroyed', (e) => e.channel.id === c.id));
    await ari.channels.transfer({ channelId: desk.id, channel: second.id });
    await told;
    await Promise.all(gone);
    await asked.destroy();
    return {};
  },

  async conference() {
    const others = [await up('2005'), await up('2006')];
    await desk.hangup();
    await bridge.destroy().catch(() => {});        // it went with its second member
    bridge = await together([caller, ...others]);
    const shown = await bridge.get();
    return { members: String(shown.channels.length) };
  },

  async bye() {
    await caller.hangup({ reason: 'busy' });
    await Promise.all((await ari.channels.list()).map((c) => c.hangup().catch(() => {})));
    await bridge.destroy().catch(() => {});
    return {};
  },
};

async function main() {
  ari = await client.connect(url, user, password);
  ari.on('StasisStart', async (event, channel) => {
    if (!event.args.includes('out')) {
      caller = channel;
      await channel.ring();
      await channel.answer();
    }
  });
  ari.on('ChannelUserevent', async ({ eventname }) => {
    if (steps[eventname]) {
      const result = await steps[eventname]().catch((error) => ({ error: error.stack }));
      await ari.events.userEvent({ eventName: 'done', application: APP, variables: { variables: { step: eventname, ...result } } });
    }
  });
  await ari.start(APP);
}

main().catch((error) => {
  console.error(error.stack);
  process.exit(1);
});
