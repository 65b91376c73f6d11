"""usage: run_client.py PROGRAM URL TOKENS-FILE

Runs a Python client program unmodified, with what it lacks: imports, and the parts of its class that it calls and does not
have. Tells in JSON lines what it shows; clocks run a hundred times as fast."""
import builtins, json, resource, sys, threading, time, types
import websocket

program, url, tokens_file = sys.argv[1:]
with open(tokens_file) as file:
    tokens = file.read().split()
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)


def tell(**event):
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


class Clock(types.ModuleType):
    """Like `time`; what sleeps a minute wants to be looked at, and waits until it has been."""

    @staticmethod
    def sleep(seconds):
        if seconds < 60:
            return time.sleep(seconds / 100)
        tell(event="waiting")
        sys.stdin.readline()


clock = Clock("time")
sys.modules["time"] = clock


class Here(websocket.WebSocketApp):
    """The program names a port that may be taken on this machine."""

    def __init__(self, address, *arguments, **options):
        super().__init__(address.replace("ws://localhost:8085", url), *arguments, **options)


class EachItsOwn:
    """A token for every connection: the program's comment says that it gets one, and not how."""

    left = iter(tokens)
    lock = threading.Lock()

    def __format__(self, _):
        with self.lock:
            return next(self.left)


websocket.WebSocketApp = Here
# A heartbeat of the program does not survive a break, and would say so at length.
threading.excepthook = lambda failure: tell(event="uncaught", error=repr(failure.exc_value))
names = {
    "__name__": program, "json": json, "time": clock, "threading": threading, "token": EachItsOwn(),
    "print": lambda *words: tell(event="print", text=" ".join(map(str, words))),
}
with open(program) as file:
    exec(compile(file.read(), program, "exec"), names)

if "Chat4AllCLI" in names:
    class Program(names["Chat4AllCLI"]):
        token = tokens[0]
        notification_enabled = True

        def _show_notification(self, notification):
            tell(event="shown", notification=notification)

        def _start_websocket(self):
            threading.Thread(target=self._poll_new_messages, daemon=True).start()

    Program("http://localhost:8080", "ws://localhost:8085")._start_websocket()
    sys.stdin.readline()
