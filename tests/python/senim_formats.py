"""The formats of docs/formats, read a second time: written from the documents, not from the Rust code.

Opens and checks; it seals nothing. Every refusal is a `Refused` with the same word as in the vectors.
"""

import struct
import unicodedata

import argon2.low_level
import cbor2
import pyrage
import zstandard
from blake3 import blake3
from hashlib import sha256
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt as xchacha_open,
    crypto_core_ed25519_is_valid_point as is_main_point,
    crypto_scalarmult,
    crypto_scalarmult_base,
    crypto_sign_seed_keypair,
)
from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey

ENVELOPE_CAP = 1024 * 1024
CHANGE_CAP = 256 * 1024
KIND_CAPS = {1: ENVELOPE_CAP, 3: 320 * 1024, 4: 16 * 1024, 5: 16 * 1024}


class Refused(Exception):
    """The bytes are not accepted; the first argument is the word of the reason."""


# - CBOR in one spelling. A shape takes a decoded value and says whether it fits.


def b(length=None):
    return lambda v: isinstance(v, bytes) and (length is None or len(v) == length)


def u(top=2**64):
    return lambda v: type(v) is int and 0 <= v < top


def text(least=0, most=10**6):
    return lambda v: isinstance(v, str) and least <= len(v.encode()) <= most


def option(shape):
    return lambda v: v is None or shape(v)


def items(shape, most=10**6):
    return lambda v: isinstance(v, list) and len(v) <= most and all(map(shape, v))


def row(*shapes, last=None):
    """An array of these; `last` is optional and left out when it is null."""

    def fits(v):
        if not isinstance(v, list):
            return False
        if last is not None and len(v) == len(shapes) + 1:
            return v[-1] is not None and last(v[-1]) and all(s(x) for s, x in zip(shapes, v))
        return len(v) == len(shapes) and all(s(x) for s, x in zip(shapes, v))

    return fits


def parse(data, shape, word, cap=ENVELOPE_CAP):
    if len(data) > cap:
        raise Refused(word)
    try:
        value = cbor2.loads(data)
        same = shape(value) and cbor2.dumps(value) == data
    except Exception:  # whatever a decoder raises on hostile bytes is one refusal
        raise Refused(word) from None
    if not same:
        raise Refused(word)
    return value


def rising(values, key=lambda v: v):
    return all(key(one) < key(two) for one, two in zip(values, values[1:]))


# - labels


def derive(label, material):
    return blake3(material, derive_key_context=f"senim 2026-11 {label} v1").digest()


def verifies(key, label, message, signature):
    signed = b"senim/" + label.encode() + b"/v1\0" + blake3(message).digest()
    try:
        VerifyKey(key).verify(signed, signature)
        return True
    except Exception:
        return False


# - keys

KEYS = row(b(32), b(32), b(32), last=b(32))


def check_keys(value):
    """`[auth, sign, enc, admit / left out]`, every key good and none twice."""
    signing = [value[0], value[1]] + value[3:]
    if any(not is_main_point(key) for key in signing):
        raise Refused("keys-weak")
    enc = value[2]
    if int.from_bytes(enc, "little") >= 2**255 - 19:
        raise Refused("keys-weak")
    try:
        crypto_scalarmult(bytes([0x55] * 32), enc)
    except Exception:
        raise Refused("keys-weak") from None
    if len(set(value)) != len(value):
        raise Refused("keys-repeated")
    return value


def parse_keys(data):
    return check_keys(parse(data, KEYS, "keys-encoding", 256))


def device_id(sign):
    return derive("device id", sign)[:16]


def actor_id(device, vault):
    return derive("actor id", device + vault)[:16]


def parse_secrets(data):
    """Secrets of a device: their public keys and the `enc` scalar."""
    value = parse(data, row(u(2), b(32), b(32), b(32), last=b(32)), "secrets-encoding")
    public = [crypto_sign_seed_keypair(seed)[0] for seed in value[1:3]]
    public.append(crypto_scalarmult_base(value[3]))
    public += [crypto_sign_seed_keypair(seed)[0] for seed in value[4:]]
    return check_keys(public), value[3]


# - padding and envelope


def padme(length):
    if length < 2:
        return length
    exponent = length.bit_length() - 1
    kept = exponent.bit_length() if exponent else 1
    mask = (1 << max(exponent - kept, 0)) - 1
    return (length + mask) & ~mask


def padded_len(content):
    return padme(max(1024, content + 1))


def unpad(plaintext):
    stripped = plaintext.rstrip(b"\0")
    if not stripped.endswith(b"\x80") or padded_len(len(stripped) - 1) != len(plaintext):
        raise Refused("padding")
    return stripped[:-1]


def open_envelope(envelope, key, org):
    if not 79 + 16 <= len(envelope) <= ENVELOPE_CAP:
        raise Refused("envelope-length")
    if envelope[:4] != b"SNIM":
        raise Refused("envelope-magic")
    if envelope[4:6] != b"\x01\x01":
        raise Refused("envelope-version")
    mailbox, kind = envelope[6:22], envelope[22]
    if kind not in KIND_CAPS:
        raise Refused("envelope-kind")
    if len(envelope) > KIND_CAPS[kind]:
        raise Refused("envelope-length")
    envelope_key = derive("record key", key + mailbox)
    if derive("key commit", envelope_key) != envelope[47:79]:
        raise Refused("key-commitment")
    try:
        plaintext = xchacha_open(envelope[79:], envelope[:79] + org, envelope[23:47], envelope_key)
    except CryptoError:
        raise Refused("damaged") from None
    return mailbox, kind, unpad(plaintext)


# - acts

ACT = row(
    u(), text(1, 256), option(text(0, 256)), items(b(32), 256), option(b(32)), items(b(32), 256), b()
)


def parse_act(data):
    value = parse(data, ACT, "act", 128 * 1024)
    if value[0] != 1 or not rising(value[3]) or not rising(value[5]):
        raise Refused("act")
    return value


def act_hash(data):
    return derive("act", data)


# - records

HEAD = row(
    u(256), b(16), b(32), b(16), u(256), u(), b(16), u(), u(), option(b(32)), u(),
    items(b(32)), items(b()), items(row(b(16), u())), u(), text(0, 10**6),
)


def change_hash(chunk):
    """SHA-256 of one uncompressed automerge change chunk from its type on; None if it is not one."""
    if chunk[:4] != bytes([0x85, 0x6F, 0x4A, 0x83]) or chunk[8:9] != b"\x01":
        return None
    length = shift = 0
    for at in range(9, min(14, len(chunk))):
        length |= (chunk[at] & 0x7F) << shift
        shift += 7
        if chunk[at] < 0x80:
            break
    else:
        return None
    if (chunk[at] == 0 and at > 9) or length != len(chunk) - at - 1:
        return None
    digest = sha256(chunk[8:]).digest()
    return digest if digest[:4] == chunk[4:8] else None


def open_record(envelope, key, org, mailbox, author):
    found_in, kind, content = open_envelope(envelope, key, org)
    if kind != 1:
        raise Refused("record-kind")
    if found_in != mailbox:
        raise Refused("record-mailbox")
    if len(content) < 68:
        raise Refused("record-head")
    signature, (length,) = content[:64], struct.unpack(">I", content[64:68])
    head_bytes, payload = content[68 : 68 + length], content[68 + length :]
    if len(head_bytes) != length:
        raise Refused("record-head")
    head = parse(head_bytes, HEAD, "record-head")
    (version, h_org, doc, h_mailbox, h_kind, _, device, device_seq, doc_seq, prev) = head[:10]
    changes, acts, seen, app = head[11], head[12], head[13], head[15]
    if (h_org, h_mailbox, h_kind) != (org, mailbox, 1):
        raise Refused("record-outside")
    good = version == 1 and device_seq >= doc_seq >= 1 and (prev is not None) == (doc_seq > 1)
    good = good and len(changes) <= 1 and len(acts) <= 64 and len(seen) <= 64
    good = good and rising(seen, key=lambda r: r[0]) and len(app.encode()) <= 32
    if not good or bool(changes) != bool(payload):
        raise Refused("record-head")
    try:
        hashes = [act_hash(a) for a in acts if parse_act(a)]
    except Refused:
        raise Refused("record-head") from None
    if device_id(author) != device:
        raise Refused("record-author")
    if not verifies(author, "record", head_bytes, signature):
        raise Refused("record-signature")
    change = open_payload(payload) if changes else b""
    if changes and change_hash(change) != changes[0]:
        raise Refused("record-payload")
    said = [org, doc, device, device_seq, doc_seq, prev, changes, hashes]
    return {
        "device": device,
        "doc": doc,
        "change": change,
        "record_hash": derive("record hash", cbor2.dumps(said)),
    }


def open_payload(payload):
    try:
        decoder = zstandard.ZstdDecompressor(max_window_size=1 << 23).decompressobj()
        change = b""
        # Piece by piece, so that a bomb stops at the cap.
        for at in range(0, len(payload), 64):
            if decoder.eof:
                raise Refused("record-payload")
            change += decoder.decompress(payload[at : at + 64])
            if len(change) > CHANGE_CAP:
                raise Refused("record-payload")
        if not decoder.eof or decoder.unused_data:
            raise Refused("record-payload")
        return change
    except zstandard.ZstdError:
        raise Refused("record-payload") from None


# - age files


def bech32(hrp, data):
    """BIP 173, as age writes its keys."""
    alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    values = [int(bits[at : at + 5], 2) for at in range(0, len(bits), 5)]
    checked = [ord(c) >> 5 for c in hrp] + [0] + [ord(c) & 31 for c in hrp] + values + [0] * 6
    state = 1
    for value in checked:
        top, state = state >> 25, (state & 0x1FFFFFF) << 5 ^ value
        for bit, mask in enumerate([0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3]):
            state ^= mask if top >> bit & 1 else 0
    state ^= 1
    values += [state >> 5 * (5 - n) & 31 for n in range(6)]
    return hrp + "1" + "".join(alphabet[value] for value in values)


def open_age(file, scalar, not_for_me, damaged):
    identity = pyrage.x25519.Identity.from_str(bech32("age-secret-key-", scalar).upper())
    try:
        return pyrage.decrypt(file, [identity])
    except pyrage.DecryptError as error:
        word = not_for_me if "No matching keys" in str(error) else damaged
        raise Refused(word) from None


KEYBOX_ROW = row(
    option(b(32)), option(u(6)), u(), items(b(16), 64), b(16), b(32), items(b(16), 2000)
)
KEYBOX = row(u(), b(16), b(16), u(), u(), items(b(16), 64), items(KEYBOX_ROW, 4096))


def open_keybox(file, secrets, org, author):
    if len(file) > ENVELOPE_CAP:
        raise Refused("keybox-length")
    keys, scalar = parse_secrets(secrets)
    content = unpad(open_age(file, scalar, "not-for-me", "keybox-damaged"))
    signature, body = content[:64], content[64:]
    value = parse(body, KEYBOX, "keybox-body")
    version, k_org, k_author, roster_seq, _, readers, rows = value
    good = version == 1 and readers and rising(readers) and rows
    for doc, kind, _, parents, _, _, given in rows:
        good = good and (doc is None) == (kind is None) and rising(parents)
        good = good and given and rising(given)
    if not good:
        raise Refused("keybox-body")
    if k_org != org:
        raise Refused("keybox-org")
    if device_id(keys[1]) not in readers:
        raise Refused("keybox-not-listed")
    if device_id(author) != k_author:
        raise Refused("keybox-author")
    if not verifies(author, "keybox", body, signature):
        raise Refused("keybox-signature")
    return roster_seq, rows


MANIFEST = row(b(16), b(16), u(), u(), u(), u(2**32), u(2**32), u(2**32), b(32))


def open_bundle(file, secrets, org, author):
    _, scalar = parse_secrets(secrets)
    plain = open_age(file, scalar, "bundle-not-for-me", "bundle-damaged")
    if plain[:5] != b"SNBN\x01":
        raise Refused("bundle-encoding")
    signature = plain[5:69]
    body, rest = take_item(plain[69:], 512)
    value = parse(body, MANIFEST, "bundle-encoding", 512)
    if value[0] != org:
        raise Refused("bundle-org")
    if blake3(rest).digest() != value[8]:
        raise Refused("bundle-items")
    groups = []
    for count in value[5:8]:
        group = []
        for _ in range(count):
            item, rest = take_item(rest, ENVELOPE_CAP)
            group.append(item)
        groups.append(group)
    if rest:
        raise Refused("bundle-items")
    if device_id(author) != value[1]:
        raise Refused("bundle-author")
    if not verifies(author, "bundle", body, signature):
        raise Refused("bundle-signature")
    return value[2], groups


def take_item(data, cap):
    if len(data) < 4:
        raise Refused("bundle-damaged")
    (length,) = struct.unpack(">I", data[:4])
    if length > cap:
        raise Refused("bundle-encoding")
    if len(data) < 4 + length:
        raise Refused("bundle-damaged")
    return data[4 : 4 + length], data[4 + length :]


# - key slot

SLOT = row(u(256), u(2**32), u(2**32), u(2**32), b(16), b(24), b(48), b(16))


def normal(passphrase):
    return " ".join(unicodedata.normalize("NFC", passphrase).split())


def unlock_slot(slot, passphrase):
    if slot[:4] != b"SNVK":
        raise Refused("slot-encoding")
    if slot[4:5] != b"\x01":
        raise Refused("slot-version")
    version, memory, passes, lanes, salt, nonce, wrapped, vault = parse(
        slot[5:], SLOT, "slot-encoding", 256
    )
    if version != 1:
        raise Refused("slot-version")
    if not (64 * 1024 <= memory <= 1024 * 1024 and 3 <= passes <= 16 and 1 <= lanes <= 4):
        raise Refused("slot-cost")
    stretched = argon2.low_level.hash_secret_raw(
        normal(passphrase).encode(), salt, passes, memory, lanes, 32, argon2.low_level.Type.ID, 19
    )
    # All bytes before the item `wrapped`: behind it stand its two-byte head, 48 bytes, and the vault id with one.
    before = slot[: -(2 + 48 + 1 + 16)]
    try:
        key = xchacha_open(wrapped, before + vault, nonce, derive("vault slot", stretched))
    except CryptoError:
        raise Refused("slot-wrong-or-damaged") from None
    return key, vault


# - QR

BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def decode_qr(letter, shown):
    shown = shown.strip()
    if len(shown.encode()) > 1200:
        raise Refused("qr-length")
    shown = shown.upper() if shown.isascii() else shown
    prefix = f"SENIM:{letter}:"
    if not shown.startswith(prefix):
        raise Refused("qr-kind")
    letters = shown[len(prefix) :]
    if any(c not in BASE32 for c in letters):
        raise Refused("qr-letters")
    bits = "".join(f"{BASE32.index(c):05b}" for c in letters)
    whole, left = bits[: len(bits) // 8 * 8], bits[len(bits) // 8 * 8 :]
    if len(left) >= 5 or "1" in left:
        raise Refused("qr-letters")
    data = bytes(int(whole[at : at + 8], 2) for at in range(0, len(whole), 8))
    if len(data) < 4 or blake3(data[:-4]).digest()[:4] != data[-4:]:
        raise Refused("qr-checksum")
    return data[:-4]


def possession_body(org, keys, invite):
    return cbor2.dumps([org, keys, invite])


def check_join(payload, org):
    value = parse(payload, row(u(256), KEYS, b(16), b(64)), "join-encoding", 1024)
    keys = check_keys(value[1])
    if not verifies(keys[1], "possession", possession_body(org, keys, value[2]), value[3]):
        raise Refused("join-possession")
    return keys


def short_code(payload, genesis):
    number = int.from_bytes(derive("short code", payload + genesis)[:8], "big") % 10**16
    digits = f"{number:016}"
    return " ".join(digits[at : at + 4] for at in range(0, 16, 4))


# - admit list


def check_admit_list(listed, key, signature):
    shape = row(b(16), u(), items(b(32), 2000), items(b(32), 64))
    org, version, auth, admit = parse(listed, shape, "admit-encoding")
    if not rising(auth) or not rising(admit) or not admit:
        raise Refused("admit-encoding")
    if key not in admit:
        raise Refused("admit-signer")
    if not verifies(key, "admit", listed, signature):
        raise Refused("admit-signature")
    return version, auth
