"""The fold of docs/formats/roster.md, a second time."""

from senim_formats import (
    KEYS,
    Refused,
    b,
    check_keys,
    derive,
    device_id,
    items,
    option,
    parse,
    possession_body,
    rising,
    row,
    text,
    u,
    verifies,
)

ADMIN = 2
CONTENT = row(b(), items(row(b(16), b(64))), last=b(64))
LAST = items(row(b(16), u()), 64)
CHANGES = {
    0: row(u(1), text(), b(8), text(), KEYS, b(16)),
    1: row(u(), b(8), text(), u(3)),
    2: row(u(), b(8), KEYS, b(16)),
    3: row(u(), b(8), u(3)),
    4: row(u(), items(text(0, 256), 8), items(b(32), 8)),
    5: row(u(), text(0, 256), u(2**32)),
}
LOSSES = {0: row(u(), b(16), u()), 1: row(u(), b(8), LAST), 2: row(u(), b(8), u(2), LAST)}


def one_of(shapes):
    def fits(value):
        known = isinstance(value, list) and value and type(value[0]) is int and value[0] in shapes
        return bool(known) and shapes[value[0]](value)

    return fits


ENTRY = row(u(256), b(16), u(), option(b(32)), u(), one_of(CHANGES))
REMOVAL = row(u(256), b(16), u(), u(), one_of(LOSSES))


class Statement:
    """An entry or a removal whose form is right."""

    def __init__(self, content, shape):
        value = parse(content, CONTENT, "roster-encoding", 4096)
        self.body, self.signatures = value[0], value[1]
        self.possession = value[2] if len(value) > 2 else None
        self.hash = derive("roster hash", content)
        if not 1 <= len(self.signatures) <= 8 or not rising(self.signatures, key=lambda s: s[0]):
            raise Refused("roster-encoding")
        self.value = parse(self.body, shape, "roster-encoding", 4096)
        if self.value[0] != 1:
            raise Refused("roster-unknown")
        self.org = self.value[1]


class Entry(Statement):
    def __init__(self, content):
        super().__init__(content, ENTRY)
        _, _, self.seq, self.prev, _, self.change = self.value
        self.kind = self.change[0]
        if self.kind == 0:
            keys = check_roster_keys(self.change[4])
            if self.change[5] != device_id(keys[1]) or len(keys) < 4:
                raise Refused("roster-genesis")
        if self.kind == 2:
            check_roster_keys(self.change[2])
        for name in {0: [self.change[1], self.change[3:4]], 1: [self.change[2]]}.get(self.kind, []):
            name = name[0] if isinstance(name, list) else name
            if not 1 <= len(name) <= 200:
                raise Refused("roster-encoding")
        if (self.kind == 0) != (self.seq == 0) or (self.kind == 0) != (self.prev is None):
            raise Refused("roster-genesis")
        if (self.kind == 2) != (self.possession is not None):
            raise Refused("roster-possession")


class Removal(Statement):
    def __init__(self, content):
        super().__init__(content, REMOVAL)
        _, _, _, self.roster_seq, self.loss = self.value
        if self.possession is not None or (self.loss[0] and not rising(self.loss[-1])):
            raise Refused("roster-encoding")


def check_roster_keys(keys):
    try:
        return check_keys(keys)
    except Refused:
        raise Refused("roster-keys") from None


class State:
    """Members `[role, removed]` and devices `{member, keys, since, last}` after some entries."""

    def __init__(self, genesis):
        self.members, self.devices, self.keys = {}, {}, set()
        if genesis.kind != 0:
            raise Refused("roster-genesis")
        self.members[genesis.change[2]] = [ADMIN, False]
        self.add_device(genesis.change[2], genesis.change[4], 0)
        self.check_signed(genesis)

    def add_device(self, member, keys, since):
        if member not in self.members:
            raise Refused("roster-subject")
        if self.keys & set(keys):
            raise Refused("roster-keys")
        self.keys |= set(keys)
        self.devices[device_id(keys[1])] = {
            "member": member, "keys": keys, "since": since, "last": None,
        }

    def knows(self, statement):
        return all(device in self.devices for device, _ in statement.signatures)

    def check_signed(self, statement):
        if not self.knows(statement):
            raise Refused("roster-signer")
        for device, signature in statement.signatures:
            if not verifies(self.devices[device]["keys"][1], "roster", statement.body, signature):
                raise Refused("roster-signature")

    def check_signatures(self, entry):
        self.check_signed(entry)
        if entry.kind == 2:
            body = possession_body(entry.org, entry.change[2], entry.change[3])
            if not verifies(entry.change[2][1], "possession", body, entry.possession):
                raise Refused("roster-possession")

    def apply(self, entry, losses=()):
        """`losses`: what was taken; none for the fold by entries alone."""
        for device, _ in entry.signatures:
            known = self.devices.get(device)
            if known is None or self.members[known["member"]][0] != ADMIN:
                raise Refused("roster-signer")
            if lost_before(entry.seq, losses, device, known["member"]):
                raise Refused("roster-signer")
        kind, *fields = entry.change
        if kind in (2, 3) and lost_before(entry.seq, losses, None, fields[0]):
            raise Refused("roster-subject")
        if kind == 0:
            raise Refused("roster-genesis")
        if kind == 1:
            if fields[0] in self.members:
                raise Refused("roster-subject")
            self.members[fields[0]] = [fields[2], False]
        if kind == 2:
            self.add_device(fields[0], fields[1], entry.seq)
        if kind == 3:
            if fields[0] not in self.members:
                raise Refused("roster-subject")
            member = self.members[fields[0]]
            member[0] = max(member[0], fields[1])

    def has_admin(self):
        return any(
            device["last"] is None and self.members[device["member"]] == [ADMIN, False]
            for device in self.devices.values()
        )


def lost_before(seq, losses, device, member):
    named = [r for r in losses if (r.loss[0] == 0 and r.loss[1] == device) or (r.loss[0] == 1 and r.loss[1] == member)]
    return any(removal.roster_seq < seq for removal in named)


def standing(entries, losses):
    """What stands, and the numbers of the entries that give nothing."""
    state, void, head = State(entries[0]), [], 0
    for entry in entries[1:]:
        lower_roles(state, [r for r in losses if r.roster_seq == head])
        head = entry.seq
        try:
            state.apply(entry, losses)
        except Refused:
            void.append(head)
    lower_roles(state, [r for r in losses if r.roster_seq >= head])
    for removal in losses:
        if removal.loss[0] == 0 and removal.loss[1] in state.devices:
            take(state.devices[removal.loss[1]], removal.loss[2])
        if removal.loss[0] == 1 and removal.loss[1] in state.members:
            state.members[removal.loss[1]][1] = True
            last = dict(map(tuple, removal.loss[2]))
            for device_id_, device in state.devices.items():
                if device["member"] == removal.loss[1]:
                    take(device, last.get(device_id_, 0))
    return state, void


def lower_roles(state, losses):
    for removal in losses:
        if removal.loss[0] == 2 and removal.loss[1] in state.members:
            member = state.members[removal.loss[1]]
            member[0] = min(member[0], removal.loss[2])


def take(device, last):
    device["last"] = last if device["last"] is None else min(device["last"], last)


def counted(entries, removals, granted):
    """The removals that count, in the order of the entries that added their signers, then by hash."""
    may = []
    for removal in removals:
        subject = removal.loss[1]
        if removal.loss[0] == 0:
            subject = granted.devices.get(subject, {}).get("member")
        if subject not in granted.members or not granted.knows(removal):
            continue
        signers = [granted.devices[device] for device, _ in removal.signatures]
        if all(granted.members[s["member"]][0] == ADMIN or s["member"] == subject for s in signers):
            may.append((min(s["since"] for s in signers), removal.hash, subject, removal))
    losses = []
    for _, _, subject, removal in sorted(may, key=lambda m: m[:2]):
        losses.append(removal)
        touches = granted.members[subject][0] == ADMIN
        if touches and not standing(entries, losses)[0].has_admin():
            losses.pop()
    return losses


def fold(genesis, entry_contents, removal_contents):
    first = Entry(entry_contents[0])
    if first.hash != genesis:
        raise Refused("roster-genesis")
    entries, granted = [first], State(first)
    for content in entry_contents[1:]:
        entry = Entry(content)
        if entry.org != first.org:
            raise Refused("roster-org")
        if entry.seq <= entries[-1].seq:
            check_rival(entries, entry)
        if entry.seq > entries[-1].seq + 1:
            raise Refused("roster-gap")
        if entry.prev != entries[-1].hash:
            raise Refused("roster-prev")
        granted.check_signatures(entry)
        granted.apply(entry)
        entries.append(entry)
    removals = {}
    for content in removal_contents:
        removal = Removal(content)
        if removal.org != first.org:
            raise Refused("roster-org")
        if granted.knows(removal):
            granted.check_signed(removal)
            removals[removal.hash] = removal
    state, void = standing(entries, counted(entries, removals.values(), granted))
    return entries[-1].hash, len(entries) + len(removals), state, void


def check_rival(entries, rival):
    """An entry at a place that is taken: always refused, as a fork if it is valid there."""
    if rival.seq == 0 or entries[rival.seq - 1].hash != rival.prev:
        raise Refused("roster-prev")
    then = State(entries[0])
    for entry in entries[1 : rival.seq]:
        then.apply(entry)
    then.check_signatures(rival)
    then.apply(rival)
    raise Refused("roster-forked")
