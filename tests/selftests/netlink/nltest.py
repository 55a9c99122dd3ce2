# SPDX-License-Identifier: GPL-2.0-or-later
"""What the netlink tests share: TAP, the two families by upstream's ynl library, dumps by hand."""
import errno
import os
import socket
import struct
import sys
import traceback

LINUX = os.environ.get("OPENTDM_LINUX", "/linux")
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(LINUX, "tools/net/ynl"))

from lib import YnlFamily, NlError  # noqa: E402
from lib.ynl import Netlink, NlMsgs  # noqa: E402

NLM_F_DUMP_INTR = 0x10
SO_RCVBUFFORCE = 33             # asm-generic/socket.h; not in Python's socket


class Tap:
    """Counts and prints; a test function that raises has failed, and the next one runs."""

    def __init__(self):
        self.n = self.bad = 0

    def ok(self, good, name, *why):
        self.n += 1
        print(f"{'ok' if good else 'not ok'} {self.n} - {name}", flush=True)
        if not good:
            self.bad += 1
            for w in why:
                print(f"# {w}", flush=True)
        return good

    def equal(self, got, want, name):
        return self.ok(got == want, name, f"got:  {got!r}", f"want: {want!r}")

    def run(self, *tests):
        for test in tests:
            try:
                test(self)
            except Exception:  # pylint: disable=broad-except
                self.ok(False, test.__name__, *traceback.format_exc().splitlines())
        print(f"1..{self.n}")
        sys.exit(1 if self.bad else 0)


def names(attrs):
    return {k.replace("_", "-"): v for k, v in attrs.items()}


class Family:
    """One socket of a family; attribute names may be written with underscores."""

    def __init__(self, spec, recv_size=0):
        self.ynl = YnlFamily(os.path.join(TOP, "uapi", spec), "", recv_size=recv_size)

    def do(self, op, **attrs):
        return self.ynl.do(op, names(attrs))

    def dump(self, op, **attrs):
        return self.ynl.dump(op, names(attrs))

    def request(self, op, attrs, flags, raw=b"", seq=77):
        """A whole message; raw is put behind the attributes as it is."""
        spec = self.ynl.ops[op]
        msg = self.ynl._encode_message(spec, names(attrs), flags, seq)
        return struct.pack("I", len(msg) + len(raw)) + msg[4:] + raw

    def answer(self, op, msg):
        """Sends a message and returns (errno, extack) of its acknowledgement, (0, {}) if it was done."""
        spec = self.ynl.ops[op]
        self.ynl.sock.send(msg)
        while True:
            for m in NlMsgs(self.ynl.sock.recv(65536), attr_space=spec.attr_set):
                if m.done:
                    if m.extack:
                        self.blame(spec, msg, m.extack)
                    return -m.error, m.extack or {}

    def blame(self, spec, msg, extack):
        """The name of the attribute that an extack blames, unless the spec does not know it."""
        try:
            self.ynl._decode_extack(msg, spec, extack)
        except Exception:  # pylint: disable=broad-except
            pass            # ynl raises a bare Exception; the offset stays as it is

    def refused(self, op, attrs, flags=(), raw=b""):
        """(errno name, sentence, blamed attribute): .name, "no name" for a missing one, or None."""
        err, extack = self.answer(op, self.request(op, attrs, flags, raw))
        blamed = extack.get("bad-attr")
        if blamed is None and "bad-attr-offs" in extack:
            blamed = "@%d" % extack["bad-attr-offs"]
        if "miss-type" in extack:
            blamed = "no " + str(extack["miss-type"])
        code = errno.errorcode.get(err, err)
        return {"ENOTSUP": "EOPNOTSUPP"}.get(code, code), extack.get("msg"), blamed

    def reopen(self):
        """A new socket. The kernel makes the pieces of a dump as large as the largest read so far."""
        old = self.ynl.sock
        self.ynl.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, old.proto)
        for option in (Netlink.NETLINK_CAP_ACK, Netlink.NETLINK_EXT_ACK,
                       Netlink.NETLINK_GET_STRICT_CHK):
            self.ynl.sock.setsockopt(Netlink.SOL_NETLINK, option, 1)
        old.close()

    def begin_dump(self, op, attrs=None):
        self.reopen()
        self.ynl.sock.send(self.request(op, attrs or {}, [Netlink.NLM_F_DUMP]))

    def more(self, op, size=4000):
        """The next piece of a dump: ([objects], ended, interrupted, errno)."""
        spec = self.ynl.ops[op]
        out, ended, interrupted, err = [], False, False, 0
        for m in NlMsgs(self.ynl.sock.recv(size)):
            interrupted |= bool(m.nl_flags & NLM_F_DUMP_INTR)
            if m.done:
                ended, err = True, -m.error
                continue
            msg = self.ynl.nlproto.decode(self.ynl, m, spec)
            out.append(self.ynl._decode(msg.raw_attrs, spec.attr_set.name))
        return out, ended, interrupted, err

    def rest(self, op, size=4000):
        out, interrupted = [], False
        while True:
            some, ended, intr, err = self.more(op, size)
            out += some
            interrupted |= intr
            if ended:
                return out, interrupted, err


def tdm():
    return Family("opentdm.yaml")


def virt():
    return Family("opentdm_virt.yaml")


class Listener(Family):
    """A subscriber of the group, with its own idea of how much it can take."""

    def __init__(self, rcvbuf=None):
        super().__init__("opentdm.yaml")
        if rcvbuf:      # more than rmem_max, too
            self.ynl.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, rcvbuf)
        self.ynl.ntf_subscribe("events")

    def read(self, timeout):
        """The next events: [(name, attributes)], [] at the timeout, None if some were lost."""
        self.ynl.sock.settimeout(timeout)
        try:
            data = self.ynl.sock.recv(65536)
        except TimeoutError:
            return []
        except OSError as e:
            if e.errno == errno.ENOBUFS:
                return None
            raise
        out = []
        for m in NlMsgs(data):
            msg = self.ynl.nlproto.decode(self.ynl, m, None)
            op = self.ynl.rsp_by_value[msg.cmd()]
            out.append((op.name, self.ynl._decode(msg.raw_attrs, op.attr_set.name)))
        return out

    def until(self, wanted, timeout=10.0):
        """Events up to the first for which wanted(name, attributes) holds; None if it never came."""
        got = []
        while True:
            some = self.read(timeout)
            if some is None:
                raise AssertionError("events were lost")
            if not some:
                return None
            for event in some:
                got.append(event)
                if wanted(*event):
                    return got


def attr(kind, payload):
    """One raw attribute."""
    return struct.pack("HH", len(payload) + 4, kind) + payload + b"\0" * (-len(payload) % 4)


def remove_all():
    """Every virtual card away, whoever left it."""
    v = virt()
    for card in sorted({p["card"] for p in v.dump("get")}):
        try:
            v.do("del", card=card)
        except NlError:
            pass


def unprivileged(function):
    """Runs function in a child without any privilege; returns what it returned, as text."""
    r, w = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(r)
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            text = repr(function())
        except BaseException:  # pylint: disable=broad-except
            text = traceback.format_exc()
        os.write(w, text.encode()[:60000])
        os._exit(0)
    os.close(w)
    with os.fdopen(r) as f:
        text = f.read()
    os.waitpid(pid, 0)
    return text
