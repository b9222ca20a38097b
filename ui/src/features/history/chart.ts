/** The parts of the chart library that are used. It draws on a canvas: no style attribute, nothing from elsewhere. */

import { BarController, BarElement, CategoryScale, Chart, LinearScale, Tooltip } from 'chart.js';

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Tooltip);

export interface Bars {
  labels: readonly string[];
  series: readonly { label: string; color: string; counts: readonly number[] }[];
  /** For numbers. */
  locale: string;
  /** Of words and of lines. */
  ink: string;
  line: string;
}

/** Stacked bars. Returns what takes them away again. */
export function draw(canvas: HTMLCanvasElement, { labels, series, locale, ink, line }: Bars): () => void {
  const chart = new Chart(canvas, {
    type: 'bar',
    data: {
      labels: [...labels],
      datasets: series.map(({ label, color, counts }) => ({ label, data: [...counts], backgroundColor: color, maxBarThickness: 40 })),
    },
    options: {
      animation: false,
      locale,
      maintainAspectRatio: false,
      interaction: { mode: 'index', intersect: false },
      scales: {
        x: { stacked: true, grid: { display: false }, border: { color: line }, ticks: { color: ink, maxRotation: 0 } },
        y: { stacked: true, beginAtZero: true, grid: { color: line }, border: { display: false }, ticks: { color: ink, precision: 0 } },
      },
    },
  });
  return () => chart.destroy();
}
