// The figures of a load in the words of bench_load. Both arguments are in milliseconds.
export function printed(times, took) {
    times.sort((a, b) => a - b);
    const at = (share) => times[Math.floor(share * (times.length - 1))] * 1000;
    return JSON.stringify({
        per_second: (times.length * 1000) / took,
        p50_us: at(0.5),
        p99_us: at(0.99),
        p999_us: at(0.999),
        seconds: took / 1000,
    });
}
