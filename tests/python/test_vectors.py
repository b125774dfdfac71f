"""Every vector of tests/vectors, judged by the second implementation.

    target/venv/bin/python tests/python/test_vectors.py
"""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import senim_formats as formats  # noqa: E402
import senim_roster  # noqa: E402

VECTORS = pathlib.Path(__file__).parent.parent / "vectors"


class Vector(dict):
    """A vector; `x` gives a field's bytes."""

    def x(self, field):
        return bytes.fromhex(self[field])


def keys(v):
    public = formats.parse_keys(v.x("keys"))
    from_secrets, _ = formats.parse_secrets(v.x("secrets"))
    assert public == from_secrets
    device = formats.device_id(public[1])
    return {"device": device.hex(), "actor": formats.actor_id(device, v.x("vault")).hex()}


def envelope(v):
    mailbox, kind, content = formats.open_envelope(v.x("envelope"), v.x("key"), v.x("org"))
    digest = formats.blake3(v.x("envelope")).hexdigest()
    return {"mailbox": mailbox.hex(), "kind": kind, "content": content.hex(), "id": digest}


def record(v):
    out = formats.open_record(
        v.x("envelope"), v.x("key"), v.x("org"), v.x("mailbox"), v.x("author_sign")
    )
    return {field: value.hex() for field, value in out.items()}


def act(v):
    value = formats.parse_act(v.x("act"))
    return {"kind": value[1], "hash": formats.act_hash(v.x("act")).hex()}


def keybox(v):
    seq, rows = formats.open_keybox(v.x("file"), v.x("secrets"), v.x("org"), v.x("author_sign"))
    shown = [
        {"doc": r[0] and r[0].hex(), "epoch": r[2], "mailbox": r[4].hex(), "key": r[5].hex()}
        for r in rows
    ]
    return {"roster_seq": seq, "rows": shown}


def roster(v):
    hexes = lambda field: [bytes.fromhex(content) for content in v[field]]  # noqa: E731
    head, version, state, void = senim_roster.fold(
        v.x("genesis"), hexes("entries"), hexes("removals")
    )
    return {
        "head": head.hex(),
        "version": version,
        "void": void,
        "members": [
            {"id": id_.hex(), "role": role, "removed": removed}
            for id_, (role, removed) in sorted(state.members.items())
        ],
        "devices": [
            {"id": id_.hex(), "member": device["member"].hex(), "last": device["last"]}
            for id_, device in sorted(state.devices.items())
        ],
    }


def admit(v):
    version, auth = formats.check_admit_list(v.x("list"), v.x("key"), v.x("signature"))
    return {"version": version, "auth": [key.hex() for key in auth]}


def slot(v):
    key, vault = formats.unlock_slot(v.x("slot"), v["passphrase"])
    return {"key": key.hex(), "vault": vault.hex()}


def qr(v):
    payload = formats.decode_qr(v["letter"], v["text"])
    out = {"payload": payload.hex()}
    if "short_code" in v:
        formats.check_join(payload, v.x("org"))
        out["short_code"] = formats.short_code(payload, v.x("genesis"))
    return out


def bundle(v):
    counter, groups = formats.open_bundle(
        v.x("file"), v.x("secrets"), v.x("org"), v.x("author_sign")
    )
    names = ["roster", "keyboxes", "envelopes"]
    out = {name: [item.hex() for item in group] for name, group in zip(names, groups)}
    return {"counter": counter, **out}


def padding(v):
    return {"cases": [[content, formats.padded_len(content)] for content, _ in v["cases"]]}


JUDGES = [keys, envelope, record, act, keybox, roster, admit, slot, qr, bundle, padding]


class Vectors(unittest.TestCase):
    """One test for each file, added below."""

    def judge(self, judge, path):
        vector = Vector(json.loads(path.read_text()))
        try:
            fields = judge(vector)
        except formats.Refused as refused:
            self.assertEqual(refused.args[0], vector.get("error"), "refused")
            return
        self.assertNotIn("error", vector, "accepted what must be refused")
        for field, value in fields.items():
            self.assertEqual(value, vector[field], field)


def add(judge, path):
    name = f"test_{judge.__name__}_{path.stem.replace('-', '_')}"
    setattr(Vectors, name, lambda self: self.judge(judge, path))


for _judge in JUDGES:
    for _path in sorted((VECTORS / _judge.__name__).glob("*.json")):
        add(_judge, _path)


class Whole(unittest.TestCase):
    def test_no_folder_is_left_out(self):
        folders = {path.name for path in VECTORS.iterdir() if path.is_dir()}
        self.assertEqual(folders & {judge.__name__ for judge in JUDGES}, {j.__name__ for j in JUDGES})

    def test_each_folder_has_vectors(self):
        for judge in JUDGES:
            self.assertTrue(list((VECTORS / judge.__name__).glob("*.json")), judge.__name__)

    def test_points_of_small_order_are_refused(self):
        good = json.loads((VECTORS / "keys" / "member.json").read_text())
        auth, sign, enc = formats.parse_keys(bytes.fromhex(good["keys"]))
        self.assertEqual(formats.check_keys([auth, sign, enc]), [auth, sign, enc])
        for head in ["00" * 32, "01" + "00" * 31, "ec" + "ff" * 30 + "7f"]:
            point = bytes.fromhex(head)
            for keys in [[auth, sign, point], [auth, point, enc], [point, sign, enc]]:
                with self.assertRaisesRegex(formats.Refused, "keys-weak"):
                    formats.check_keys(keys)


if __name__ == "__main__":
    result = unittest.main(exit=False).result
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
