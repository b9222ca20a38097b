/** The popup window: one waiting request at a time. */

import '../styles/base.css';
import { mount } from 'svelte';
import Popup from '../features/popup/Popup.svelte';
import { Desk } from '../state/desk.svelte';
import { Feed } from '../state/feed.svelte';
import { Settings } from '../state/settings.svelte';
import { host } from './host';

const door = await host();
const settings = new Settings(door);
const desk = new Desk(door, 'popup');
const feed = new Feed(door, [settings, desk.queue, desk]);
mount(Popup, { target: document.body, props: { host: door, desk, feed } });
void feed.start();
