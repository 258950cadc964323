export { formatBytes, formatCount, formatDuration, formatTime, plural } from '../../core/units.ts';
