/** The main window. */

import '../styles/base.css';
import { mount } from 'svelte';
import Main from '../features/Main.svelte';
import { MainWindow } from '../state/main';
import { host } from './host';

const main = new MainWindow(await host());
mount(Main, { target: document.body, props: { main } });
void main.feed.start();
void main.drops.follow();
