"""Run a command and say what it used: `measure.py REPORT [--disk FOLDER] [--threads] -- COMMAND...`.

REPORT gets one JSON object: status, seconds, cpu_seconds, rss_mib (ru_maxrss of the command and its
children); with --disk, disk_mib: the most that lay below FOLDER at once, looked at every 5 ms, beyond
what lay there before; with --threads, threads: CPU seconds by name of thread, looked at every 20 ms.
The streams pass through; the exit status is the command's.
"""
import json
import os
import resource
import subprocess
import sys
import threading
import time


def size_of(folder):
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(where, name)).st_blocks * 512
            except OSError:
                pass  # gone in between
    # Spools are unlinked while open: what the file system counts shows them.
    s = os.statvfs(folder)
    return total, (s.f_blocks - s.f_bfree) * s.f_frsize


def watch(folder, done, peak):
    before = size_of(folder)
    while not done.wait(0.005):
        now = size_of(folder)
        # Only on a file system of its own does the count of used blocks mean this command alone.
        own = os.path.ismount(folder)
        peak[0] = max(peak[0], now[own] - before[own])


def watch_threads(pid, done, cpu):
    """CPU time of each thread as last seen: a thread that ended has spent no more than that."""
    tick = os.sysconf("SC_CLK_TCK")
    while not done.wait(0.02):
        try:
            for tid in os.listdir("/proc/%d/task" % pid):
                with open("/proc/%d/task/%s/stat" % (pid, tid), encoding="utf-8") as f:
                    text = f.read()
                name = text[text.index("(") + 1:text.rindex(")")]
                fields = text[text.rindex(")") + 2:].split()
                cpu[tid] = (name, (int(fields[11]) + int(fields[12])) / tick)
        except OSError:
            pass  # it ended in between


def main():
    split = sys.argv.index("--")
    report, command = sys.argv[1], sys.argv[split + 1:]
    done, peak, watcher = threading.Event(), [0], None
    if "--disk" in sys.argv[:split]:
        folder = sys.argv[sys.argv.index("--disk") + 1]
        watcher = threading.Thread(target=watch, args=(folder, done, peak))
        watcher.start()
    start, cpu = time.monotonic(), {}
    process = subprocess.Popen(command)
    if "--threads" in sys.argv[:split]:
        threading.Thread(target=watch_threads, args=(process.pid, done, cpu)).start()
    status = process.wait()
    seconds = time.monotonic() - start
    done.set()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = {"status": status, "seconds": round(seconds, 3), "rss_mib": round(used.ru_maxrss / 1024, 1),
           "cpu_seconds": round(used.ru_utime + used.ru_stime, 3)}
    if watcher:
        watcher.join()
        out["disk_mib"] = round(peak[0] / (1 << 20), 1)
    if cpu:
        out["threads"] = {}
        for name, used in cpu.values():
            out["threads"][name] = round(out["threads"].get(name, 0) + used, 2)
    with open(report, "w", encoding="utf-8") as f:
        json.dump(out, f)
    sys.exit(status if status >= 0 else 128 - status)


if __name__ == "__main__":
    main()
