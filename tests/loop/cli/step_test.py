"""A step of CI: what `--exec` runs, how it ends, and that nothing of it stays."""

import os
import pty
import signal
import sys
import unittest

from harness import BUILD, DEVICE, LIMIT, AgentTest

# Says its own pid and that of a child, then waits until it is ended.
BEGUN = 'sleep 1000 & echo "begun $$ $!"; '
# A child that has left the group and the session, as browsers do that a test library starts.
STRAY = 'setsid sleep 1000 & echo "stray $!"; '
# One that has forgotten who started it, too.
FORGETFUL = 'setsid env -i sleep 1000 & echo "stray $!"; '


def lives(pid):
    """Whether the process runs: a zombie that nobody has reaped yet does not."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def end_step_part(pid):
    """For a test that failed: nothing of its step stays, where the pid is still one of it."""
    try:
        with open(f"/proc/{pid}/comm") as file:
            if file.read().strip() in ("sh", "sleep"):
                os.kill(pid, signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError):
        pass


class StepTest(AgentTest):
    def step(self, *command, before=(), after=(), **more):
        arguments = [*before, BUILD / "agent", "--user", "--browser-path", "/bin/false", "--ephemeral",
                     "--token-stdin", *after, "--exec", *command]
        agent = self.program(arguments, self.environment(**more))
        agent.say(self.token(device=DEVICE, ttl=600))
        agent.process.stdin.close()
        agent.process.stdin = None
        return agent

    def begun(self, agent):
        words = agent.hear(r"begun (\d+) (\d+)", "out")
        pids = [int(words[1]), int(words[2])]
        for pid in pids:
            self.addCleanup(end_step_part, pid)
        return pids

    def stray(self, agent):
        pid = int(agent.hear(r"stray (\d+)", "out")[1])
        self.addCleanup(end_step_part, pid)
        return pid

    def all_end(self, pids):
        self.until(f"of {pids} none runs", lambda: not any(lives(pid) for pid in pids))

    def test_it_knows_its_device_and_its_exit_code_is_the_agents(self):
        agent = self.step("/bin/sh", "-c",
                          'echo "device $BMC_DEVICE_UUID"; test -S "$BMC_AGENT_SOCKET" || exit 1; exit 7')
        code, out, err = agent.finish()
        self.assertEqual(code, 7, err)
        self.assertIn("device " + DEVICE, out)
        self.assertFalse(self.stored().exists())

    def test_not_joined_in_time(self):
        self.hub.admin("oauth", device_grant=False)
        agent = self.step("/bin/true", after=["--join-timeout", "1s", "--realtime-url", "http://127.0.0.1:9/realtime/v1"])
        code, _, err = agent.finish()
        self.assertEqual(code, 7, err)

    def test_a_bare_name_is_looked_up_in_path(self):
        self.assertEqual(self.step("sh", "-c", "exit 9").finish()[0], 9)
        folder = self.home / "bin"
        folder.mkdir()
        script = folder / "a-test"
        script.write_text("echo no line for the kernel; exit 11\n")  # run by the shell, as env(1) would
        script.chmod(0o755)
        code, out, err = self.step("a-test", PATH=f"{folder}:{os.environ['PATH']}").finish()
        self.assertEqual(code, 11, err)
        self.assertIn("no line for the kernel", out)

    def test_a_program_that_is_not_there_or_may_not_run(self):
        code, _, err = self.step("no-such-program").finish()
        self.assertEqual(code, 127, err)
        self.assertIn("--exec no-such-program: there is no such program", err)
        file = self.home / "plain"
        file.write_text("text")
        code, _, err = self.step(file).finish()
        self.assertEqual(code, 126, err)
        self.assertIn("Permission denied", err)

    def test_a_cancelled_step_has_not_passed(self):
        for number, trap in ((signal.SIGTERM, "TERM"), (signal.SIGINT, "INT"), (signal.SIGHUP, "HUP")):
            agent = self.step("sh", "-c", f"trap 'echo the trap; exit 0' {trap}; " + BEGUN + "wait")
            pids = self.begun(agent)
            agent.signal(number)
            code, out, err = agent.finish()
            self.assertEqual(code, 128 + number, err)
            self.assertIn("the trap", out)
            self.all_end(pids)

    def test_a_cancelled_step_keeps_its_own_code_and_its_children_their_grace(self):
        child = "trap 'sleep 0.3; echo the child is done; exit' TERM; echo ready; while :; do sleep 0.05; done"
        agent = self.step("sh", "-c", f"trap 'exit 3' TERM; sh -c \"{child}\" & wait")
        agent.hear("ready", "out")
        agent.signal(signal.SIGTERM)
        code, out, err = agent.finish()
        self.assertEqual(code, 3, err)
        self.assertIn("the child is done", out)

    def test_who_ignores_the_signal_is_killed_after_the_grace(self):
        agent = self.step("sh", "-c", "trap '' TERM; " + BEGUN + "wait; while :; do sleep 0.1; done")
        pids = self.begun(agent)
        agent.signal(signal.SIGTERM)
        code, _, err = agent.finish()
        self.assertEqual(code, 128 + signal.SIGKILL, err)
        self.assertIn("killed 5 s after the signal", err)
        self.all_end(pids)

    def test_a_second_signal_does_not_wait(self):
        agent = self.step("sh", "-c", "trap 'echo heard' TERM; " + BEGUN + "while :; do sleep 0.1; done")
        pids = self.begun(agent)
        agent.signal(signal.SIGTERM)
        agent.hear("heard", "out")
        agent.signal(signal.SIGTERM)
        self.assertEqual(agent.finish()[0], 128 + signal.SIGTERM)
        self.all_end(pids)

    def test_nothing_of_it_stays_when_it_ends(self):
        for stray in (STRAY, FORGETFUL):
            agent = self.step("sh", "-c", stray + BEGUN + "exit 0")
            code, out, err = agent.finish()
            self.assertEqual(code, 0, err)
            words = out.split()
            self.all_end([int(words[1]), int(words[4])])

    def test_nothing_of_it_stays_when_it_is_cancelled(self):
        agent = self.step("sh", "-c", FORGETFUL + BEGUN + "wait")
        stray = self.stray(agent)
        pids = self.begun(agent) + [stray]
        agent.signal(signal.SIGTERM)
        self.assertEqual(agent.finish()[0], 128 + signal.SIGTERM)
        self.all_end(pids)

    def test_nothing_of_it_stays_when_the_agent_is_killed(self):
        for begins in (STRAY, FORGETFUL):
            agent = self.step("sh", "-c", "trap '' TERM HUP; " + begins + BEGUN + "wait")
            stray = self.stray(agent)
            pids = self.begun(agent) + [stray]
            agent.signal(signal.SIGKILL)
            self.assertEqual(agent.finish()[0], -signal.SIGKILL)  # its lock is gone: the next one may start
            self.all_end(pids)

    def test_who_kills_the_keeper_has_killed_the_step(self):
        agent = self.step("sh", "-c", STRAY + BEGUN + "wait")
        stray = self.stray(agent)
        pids = self.begun(agent) + [stray]
        os.kill(parent_of(pids[0]), signal.SIGKILL)
        self.assertEqual(agent.finish()[0], 128 + signal.SIGKILL)
        self.all_end(pids)

    def test_what_the_starter_ignores_and_blocks_is_not_inherited(self):
        starter = [sys.executable, "-c", "import os, signal, sys\n"
                   "for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):\n"
                   "    signal.signal(number, signal.SIG_IGN)\n"
                   "signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\n"
                   "os.execv(sys.argv[1], sys.argv[1:])"]
        self.assertEqual(self.step("sh", "-c", "exit 5", before=starter).finish()[0], 5)
        agent = self.step("sh", "-c", BEGUN + "wait", before=starter)
        pids = self.begun(agent)
        agent.signal(signal.SIGTERM)
        self.assertEqual(agent.finish()[0], 128 + signal.SIGTERM)
        self.all_end(pids)

    def test_few_open_files_are_enough_to_begin(self):
        code, _, err = self.step("sh", "-c", "exit 6", before=["sh", "-c", 'ulimit -n 64; exec "$@"', "sh"]).finish()
        self.assertEqual(code, 6, err)

    def test_a_step_within_a_step_is_found_all_the_same(self):
        agent = self.step("sh", "-c", STRAY + BEGUN + "exit 0", BMC_STEP="another's")
        code, out, err = agent.finish()
        self.assertEqual(code, 0, err)
        words = out.split()
        self.all_end([int(words[1]), int(words[4])])

    def test_a_cancelled_steps_background_is_not_waited_for_in_vain(self):
        agent = self.step("sh", "-c", "trap 'exit 3' INT; " + BEGUN + "wait")  # what it began ignores SIGINT
        pids = self.begun(agent)
        agent.signal(signal.SIGINT)
        code, _, err = agent.finish()
        self.assertEqual(code, 3, err)
        self.assertNotIn("killed", err)
        self.all_end(pids)

    def test_as_process_1_it_reaps_what_others_leave(self):
        orphans = ("import subprocess, sys, time, pathlib\n"
                   "for _ in range(20): subprocess.run(['sh', '-c', 'true & true & exit'])\n"
                   "def state(stat):\n"
                   "  try: return stat.read_text().rsplit(')', 1)[1].split()[0]\n"
                   "  except (FileNotFoundError, ProcessLookupError): return ''  # it went meanwhile\n"
                   "def zombies(): return [p for p in pathlib.Path('/proc').glob('[0-9]*/stat') if state(p) == 'Z']\n"
                   "end = time.monotonic() + 10\n"
                   "while zombies() and time.monotonic() < end: time.sleep(0.02)\n"
                   "print('number 1 is', pathlib.Path('/proc/1/comm').read_text())\n"
                   "sys.exit(21 if not zombies() else 1)")
        container = ["unshare", "--user", "--map-current-user", "--pid", "--fork", "--kill-child", "--mount-proc"]
        code, out, err = self.step(sys.executable, "-c", orphans, before=container).finish()
        self.assertEqual(code, 21, out + err)
        self.assertIn("number 1 is agent", out)

    def test_process_1_passes_signals_on(self):
        container = ["unshare", "--user", "--map-current-user", "--pid", "--fork", "--kill-child", "--mount-proc"]
        agent = self.step("sh", "-c", "trap 'exit 4' TERM; " + BEGUN + "wait", before=container)
        self.begun(agent)
        first = next(pid for pid in map(int, filter(str.isdigit, os.listdir("/proc")))
                     if lives(pid) and parent_of(pid) == agent.pid)
        os.kill(first, signal.SIGTERM)
        self.assertEqual(agent.finish()[0], 4)


def parent_of(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return int(file.read().rsplit(")", 1)[1].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


class TerminalTest(AgentTest):
    """At a terminal of a person's own."""

    def at_terminal(self, *arguments, ignore=()):
        pid, line = pty.fork()
        if pid == 0:
            for number in ignore:
                signal.signal(number, signal.SIG_IGN)
            os.execve(BUILD / "agent", ["agent", "--user", "--browser-path", "/bin/false", *map(str, arguments)],
                      self.environment())
        self.addCleanup(self.end_child, pid)
        return pid, line

    def step(self, script):
        file = self.home / "token"
        file.write_text(self.token(device=DEVICE, ttl=600))
        file.chmod(0o600)
        pid, line = self.at_terminal("--ephemeral", "--token-file", file, "--exec", "sh", "-c", script)
        self.addCleanup(os.close, line)
        return pid, line

    def end_child(self, pid):
        try:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass

    def hear(self, line, text):
        heard = b""
        while text.encode() not in heard:
            try:
                piece = os.read(line, 4096)
            except OSError:  # the other end is closed
                piece = b""
            self.assertTrue(piece, heard)
            heard += piece
        return heard

    def ended(self, pid):
        self.until("it ends", lambda: os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT))
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def test_it_ends_with_its_terminal(self):
        pid, line = self.at_terminal()
        self.hear(line, "gate")
        os.close(line)
        self.assertEqual(self.ended(pid), 0)

    def test_without_a_terminal_a_hang_up_is_a_reload(self):
        self.pair()
        self.configure('log.level = "info"\n')
        agent = self.program(["setsid", BUILD / "agent", "--user", "--browser-path", "/bin/false"], self.environment())
        self.wait_for(0)
        self.configure('log.level = "debug"\n')
        agent.signal(signal.SIGHUP)
        agent.hear("reload")
        self.wait_for(0)
        agent.signal(signal.SIGTERM)
        self.assertEqual(agent.finish()[0], 0)

    def test_it_outlives_its_terminal_where_that_was_asked_for(self):
        self.pair()
        pid, line = self.at_terminal(ignore=[signal.SIGHUP])
        self.wait_for(0)
        os.close(line)
        self.wait_for(0)
        os.kill(pid, signal.SIGTERM)
        self.assertEqual(self.ended(pid), 0)

    def test_a_step_has_the_terminal(self):
        pid, line = self.step("echo what; read word; echo said $word; exit 6")
        self.hear(line, "what")
        os.write(line, b"hello\n")
        self.hear(line, "said hello")
        self.assertEqual(self.ended(pid), 6)

    def test_ctrl_c_reaches_the_step(self):
        # It starts nothing while it waits: a shell that is just starting something (vfork) cannot be stopped.
        pid, line = self.step("trap 'echo resumed' CONT; trap 'echo trapped; exit 8' INT; sleep 1000 & echo here; "
                              "while :; do wait; done")
        self.hear(line, "here")
        os.write(line, b"\x1a")  # Ctrl-Z: it goes on
        self.hear(line, "resumed")
        os.write(line, b"\x03")
        self.hear(line, "trapped")
        self.assertEqual(self.ended(pid), 8)

    def test_a_step_that_is_stopped_as_it_begins_goes_on(self):
        for _ in range(10):
            pid, line = self.step("kill -TSTP $$; echo resumed; exit 8")
            self.hear(line, "resumed")
            self.assertEqual(self.ended(pid), 8)


if __name__ == "__main__":
    unittest.main()
