# The window. Who reads: a doctor, a lawyer, a psychologist in a corridor, tired. Short, no jargon, what happened and what to do.

# Common
opening = Opening…
working = One moment…
done = Done
back = Back
choose = Choose
copy = Copy
copied = Copied.
copy-by-hand = The text is selected. Copy it by hand.
try-again = Try again
bar = Sections
lock = Lock
organisation = Organisation
good-until = Good until { $when }.
date-shape = YYYY-MM-DD

# Settings
settings = Settings
ui-language = Language of the app
form-language = Language of forms
text-size = Size of text
theme = Appearance
theme-system = As the tablet
theme-light = Light
theme-dark = Dark
theme-contrast = High contrast
settings-kept = Settings hold as long as the app is open.

# First start and unlock
first-title = The vault on this tablet
first-what = Everything you write is kept here encrypted. Only your passphrase opens it.
first-create = Create the vault
passphrase = Passphrase
passphrase-new = New passphrase
passphrase-again = The same once more
passphrase-rule = At least six words or twenty characters. Six random words are best.
passphrase-lost = A forgotten passphrase cannot be restored. The tablet is then admitted anew, and what was only on it is lost.
passphrase-show = Show what I type
unlock-title = The tablet is locked
unlock = Unlock

# Found or join an organisation
belong-title = The organisation of this tablet
belong-how = What you are doing
belong-join = Join with an invite
belong-found = Found an organisation
found-what = This is done once, on the first tablet. It becomes the administrator and can admit the others.
found-do = Found
organisation-name = Name of the organisation
your-name = Your name
your-name-seen = Colleagues will see you under it.
join-what = An administrator makes the invite on their tablet. It is good for ten minutes.
join-invite = Text of the invite
join-make = Make the request
join-request = Request: hand this text to the administrator
join-look = I was admitted, check
join-waits = Not admitted yet. Wait until the administrator has confirmed the request, then check again.
compare-read-out = Read this code aloud to the administrator. Their tablet must show the same.

# Organisation
members = Members
member-me = (you)
member-gone = no longer a member
member-devices =
    { $count ->
        [one] { $count } tablet
       *[other] { $count } tablets
    }
member-name = Name of the new member
member-role = Role
role-member = Member
role-coordinator = Coordinator
role-admin = Administrator
roster-code = Code of the list: { $code }, entries: { $count }. It is the same on every tablet that has the same list.
roster-forked = Two different entries stand at one place of the list of members. Until that is cleared up the list cannot be changed. Tell the coordinator.
admit-title = Admit a tablet
admit-what = Make an invite, hand it to the new member, take their request in return and compare the codes.
invite-make = Make an invite
invite-text = Invite: hand this text to the new member
admit-request = Text of the request
admit-compare = Show the code
compare-same = Compare this code with the one on the new tablet. If they differ, do not admit it.
admit-do = The codes are the same, admit
admit-done = The tablet is admitted.
server-title = Server
server-none = No server is set. Everything is kept on the tablets alone.
server-change = Set the server
server-first = First the server's administrator registers this organisation there.
server-origin = Address of the server
server-pins = Fingerprints of the server's key
server-pins-hint = With spaces between. Needed for addresses that begin with https.
server-set = Save the address

# Visits
visits-title = My visits
visits-none = No visits yet. Make a new one, or wait until a colleague opens theirs to you.
visit-new = New visit
visit-title = What the team calls this visit
visit-title-hint = Not the facility's name if it should not be seen over your shoulder.
visit-facility = Facility
visit-kind = Kind of visit
visit-kind-periodic = Periodic
visit-kind-interim = Interim
visit-kind-special = Special
visit-team = Team
visit-team-hint = You lead the team. Tick the others.
visit-team-alone = The organisation has no other members yet.
visit-forms = Forms
visit-forms-hint = The versions of the forms are fixed for the visit.
visit-create = Create the visit
visit-mine = my answers: { $count }
visit-all = all answers: { $count }
visit-differs = differences: { $count }
visit-open = values to choose: { $count }
visit-only-here = only here: { $count }
only-here =
    { $count ->
        [one] { $count } record exists only on this tablet.
       *[other] { $count } records exist only on this tablet.
    }
contents = Contents
section-count = { $answered } of { $relevant } answered
section-required = required and not answered: { $count }
team-leader = leader
team-deputy = deputy
team-member = member
team-coordinator = coordinator
team-reader = reads
team-answers = answers: { $count }
team-reads-no-more = access ended
unreadable-what = Records that could not be read: { $count }. They are kept and listed on the screen of exchange.
waits-what = Waiting for earlier records from other tablets: { $count }.

# Places
places = Places
places-none = No places yet. Without them answers speak of the whole facility.
place = Place
place-whole = The whole facility
where-now = Where are you now
where-now-hint = The answers that follow belong to this place. It can be changed at the top at any time.
place-add = Add a place
place-do-add = Add
place-added = The place was added.
place-kind = What kind of place
place-which = Which one, if there are several
place-which-hint = For example: 2, north. Not a cell number.
place-parent = Where it is
place-parent-none = By itself

# A section of a form
section-previous = Previous section
section-next = Next section
answer-yes = Yes
answer-partly = Partly
answer-no = No
answer-not_checked = Not checked
answer-na = Not applicable
answer-clear = Tap again to clear the answer
item-required = needed for the report
item-urgent = Urgent
item-not-yet = not computed yet
item-norm = Norm and sources
item-norm-norm = Norm
item-norm-sources = Sources
item-norm-limits = Limits
evidence = What it rests on
evidence-seen = Seen by us
evidence-document = Document
evidence-testimony-detainee = Told by a detainee
evidence-testimony-staff = Told by staff
note = Note
note-no-names = No names, cell numbers or marks of persons.
saved = Saved at { $time }
not-saved = Not saved.
fault-kept = Saved as it is, but check:
others = Colleagues' answers
others-wait =
    { $count ->
        [one] { $count } colleague has answered. You will see it after your own answer.
       *[other] { $count } colleagues have answered. You will see it after your own answer.
    }
differs = Answers differ

# Differences
differs-what = Answers differ, items: { $count }.
differs-show = Show
differs-title = Answers differ
differs-explain = Colleagues saw it differently. Both answers stay; what is agreed the team decides at the debrief.
differs-none = No differences.
differs-open = Open the item
open-what = Values set differently on different tablets: { $count }.
open-here = Set differently on different tablets:
open-choose = Choose
open-title = Choose the value
open-explain = These figures are the same for all, but were set differently. Choose the right one; the others stay in the history.
open-none = Nothing to choose.
open-do = Take it for all
open-chosen = The value was chosen.

# Exchange
sync-title = Exchange with the server
sync-now = Exchange now
sync-done = The exchange is done.
sync-here = Only here
sync-here-what = records wait to be sent
sync-sending = Being sent
sync-sending-now = An exchange is running
sync-sending-not = Nothing now
sync-server = On the server
sync-last = Last time: { $when }
sync-never = No exchange yet
sync-failed = The last time it did not work.
sync-no-server = No server is set. Everything stays on this tablet.
sync-by-itself = While the app is open the exchange runs by itself whenever there is a network.
sync-mark-here = Here: { $count }
sync-mark-never = No exchange
sync-mark-server = Server { $time }
sync-mark-trouble = The last exchange failed
quarantine = Not read
quarantine-waits = A record waits for an earlier one.
quarantine-refused = A record was refused and is kept apart.
