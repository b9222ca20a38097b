/** The main window. */

import '../styles/base.css';
import { mount } from 'svelte';
import Main from '../features/Main.svelte';
import { Desk } from '../state/desk.svelte';
import { Feed } from '../state/feed.svelte';
import { PastList } from '../state/past.svelte';
import { Standing } from '../state/standing.svelte';
import { host } from './host';

const door = await host();
const desk = new Desk(door, 'main');
const past = new PastList(door);
const standing = new Standing(door);
const feed = new Feed(door, [desk.queue, desk, past, standing]);
mount(Main, { target: document.body, props: { desk, feed, past, standing } });
void feed.start();
