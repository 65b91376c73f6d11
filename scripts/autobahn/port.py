#!/usr/bin/env python3
"""usage: port.py autobahntestsuite-25.10.1.tar.gz FOLDER

Ports the Autobahn test suite, which is written for Python 2, to Python 3.8-3.11 (lib2to3 is needed). Run it with
PYTHONPATH=FOLDER python -m autobahntestsuite.wstest; scripts/autobahn/setup installs what it imports.

The cases keep their payloads as str with one byte per code point (latin-1); the fuzzing protocol converts at its edge.
No case is changed in what it sends or expects.
"""
import os, re, sys, tarfile
from lib2to3 import refactor
src, dest = sys.argv[1:3]
with tarfile.open(src) as t:
    top = t.getnames()[0].split('/')[0]; t.extractall(dest + '/.x')
pkg = dest + '/autobahntestsuite'; os.system(f'rm -rf {pkg}'); os.rename(f'{dest}/.x/{top}/autobahntestsuite', pkg)
for f in os.listdir(pkg):           # WAMP and perf modes are not needed (and are disabled upstream)
    if f.startswith(('wamp', 'wsperf', 'serializer', 'testdb', 'testrun')): os.system(f'rm -rf {pkg}/{f}')
rt = refactor.RefactoringTool(refactor.get_fixers_from_package('lib2to3.fixes'))
for d in (pkg, pkg + '/case'):
    for f in sorted(os.listdir(d)):
        if f.endswith('.py'):
            p = os.path.join(d, f); s = open(p, encoding='latin-1').read()     # py2 str literal = bytes
            s = re.sub(r'unichr\((\w+)\)\.encode\("utf-8"\)', r'compat.u8(\1)', s)
            s = re.sub(r'^import binascii$', 'from autobahntestsuite import compat as binascii', s, flags=re.M)
            s = re.sub(r'\bbinascii, ', '', s) if 'import os, json, binascii' in s else s
            open(p, 'w', encoding='utf-8').write(s); rt.refactor_file(p, write=True)
open(pkg + '/compat.py', 'w').write('''
import binascii as _b
def b(x): return x.encode("latin-1") if isinstance(x, str) else bytes(x)
def s(x): return x if isinstance(x, str) else bytes(x).decode("latin-1")
def u8(i): return chr(i).encode("utf-8", "surrogatepass").decode("latin-1")
def b2a_hex(x): return _b.b2a_hex(b(x)).decode("ascii")
def a2b_hex(x): return _b.a2b_hex(x).decode("latin-1")
hexlify = b2a_hex; unhexlify = a2b_hex
def js(o): return s(o) if isinstance(o, (bytes, bytearray)) else str(o)
class Edge(object):
   """bytes <-> latin-1 str at the boundary to autobahn"""
   def sendFrame(self, opcode, payload = b"", payload_len = None, **kw):
      payload = b(payload)
      if payload_len is not None: payload = (payload * (payload_len // len(payload) + 1))[:payload_len]   # autobahn 0.10.9 divides with /
      return super(Edge, self).sendFrame(opcode, payload = payload, **kw)
   def sendMessage(self, payload, *a, **kw): return super(Edge, self).sendMessage(b(payload), *a, **kw)
   def sendPing(self, payload = None): return super(Edge, self).sendPing(None if payload is None else b(payload))
   def sendPong(self, payload = None): return super(Edge, self).sendPong(None if payload is None else b(payload))
   def sendMessageFrameData(self, payload, *a, **kw): return super(Edge, self).sendMessageFrameData(b(payload), *a, **kw)
   def sendCloseFrame(self, code = None, reasonUtf8 = None, **kw): return super(Edge, self).sendCloseFrame(code = code, reasonUtf8 = None if reasonUtf8 is None else b(reasonUtf8), **kw)
   def sendData(self, data, *a, **kw): return super(Edge, self).sendData(b(data), *a, **kw)
''')
def sub(f, *pairs):
    p = f'{pkg}/{f}'; t = open(p, encoding='utf-8').read()
    for old, new in pairs:
        if old not in t: print('NOT FOUND in', f, ':', old[:70]); continue
        t = t.replace(old, new)
    open(p, 'w', encoding='utf-8').write(t)
sub('wstest.py', ('import serializer\n', ''), ("            'serializer'\n", ''))
open(pkg + '/choosereactor.py', 'a').write('\nimport txaio\ntxaio.use_twisted()\n')
sub('case/case9_9_1.py', ('from zope.interface import implements\n', ''), ('   implements(interfaces.IPushProducer)\n', ''))
sub('case/case10_1_1.py', ('len(self.payload) / self.p', 'len(self.payload) // self.p'))
sub('fuzzing.py',
    ('import os, json, time, textwrap, pkg_resources', 'import os, json, time, textwrap, pkg_resources\nfrom autobahntestsuite import compat, compat as binascii\n_open = open\ndef open(p, m): return _open(p, m, encoding = "utf-8", errors = "surrogateescape")'),
    ("      return dd.decode('utf8', errors = 'replace' if replace else 'strict')", "      return compat.b(dd).decode('utf8', errors = 'replace' if replace else 'strict')"),
    ('      if len(data) > maxlen - len(ellipses):\n         dd = data[:maxlen] + ellipses\n', '      data = compat.s(data)\n      if len(data) > maxlen - len(ellipses):\n         dd = data[:maxlen] + ellipses\n'),
    ("p = ''.join(payload)", "p = b''.join(payload)"),
    ("self.http_request_data if", "compat.s(self.http_request_data) if"), ("self.http_response_data if", "compat.s(self.http_response_data) if"),
    ("class FuzzingProtocol:", "class FuzzingProtocol(compat.Edge):"),
    ("   def onPong(self, payload):\n", "   def onPong(self, payload):\n      payload = compat.s(payload)\n"),
    ("   def onMessage(self, msg, binary):\n", "   def onMessage(self, msg, binary):\n      msg = compat.s(msg)\n"),
    ("f.write(json.dumps(case, sort_keys = True,", "f.write(json.dumps(case, default = compat.js, sort_keys = True,"),
    ("case[c[0]], c[1])).encode(\"utf-8\"))", "case[c[0]], c[1])))"), ("ll.encode('utf8')", "ll"),
    ("payload = pl.encode(\"UTF-8\")", "payload = pl.encode(\"UTF-8\")"))
sub('case/case.py', ('return pickle.dumps(obj1) == pickle.dumps(obj2)', 'return obj1 == obj2   # py2 compared pickles'))
sub('case/case12_x_x.py', ('(object, Case, )', '(Case, )'), ("   m = hashlib.sha1()\n   m.update(msg)\n   received_hash", "   msg = compat.b(msg)\n   m = hashlib.sha1()\n   m.update(msg)\n   received_hash"),
    ('import copy, os, pkg_resources, hashlib, binascii', 'import copy, os, pkg_resources, hashlib\nfrom autobahntestsuite import compat, compat as binascii'))
sub('case/case6_x_x.py', ('v.validate(vss[:i])', "v.validate(compat.b(vss[:i]))"), ('from .case import Case\n', 'from .case import Case\nfrom autobahntestsuite import compat\n'))
for f in os.listdir(pkg + '/case'):
    if f.endswith('.py'):
        t = open(f'{pkg}/case/{f}', encoding='utf-8').read()
        if '(object, Case' in t: sub('case/' + f, ('(object, Case', '(Case'))
        if 'compat.' in t and 'import compat\n' not in t and 'import compat,' not in t: print('check', f)
os.system(f'rm -rf {dest}/.x'); print('ported into', pkg)
