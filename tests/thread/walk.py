"""The golden thread as its people walk it, step by step, over HTTP: from the resident's message to the closed case."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any

from portal.demo.accounts import PASSWORD
from tests.thread.driver import Person

PIN = "1234"
CHOICES = {"par": "Par", "pret": "Pret", "atturas": "Atturas"}
STAFF = ("anna", "bruno", "liga", "sarma", "janis")
COUNCIL = ("janis", "dace", *(f"deputats{n}" for n in range(1, 14)))
TITLE = "Par zemes nomu Upmalē"
COMMITTEE, DOME = "Attīstības un vides komiteja", "Ozolpils novada dome"


@dataclass(frozen=True)
class Step:
    """One step of the thread. lasts_s: within that time from its beginning something is being done because of it."""

    name: str
    do: Any
    lasts_s: float = 0.25


@dataclass
class Walk:
    """Who walks, and what they have come to know on the way. votes: by body, the choice of each member's user name;
    stored: by body, what the tablet said of each; on_the_way: (user name, method, path) of requests without answer yet.
    """

    town: Any
    votes: dict
    people: dict = field(default_factory=dict)
    pages: dict = field(default_factory=dict)
    stored: dict = field(default_factory=dict)
    on_the_way: set = field(default_factory=set)

    def person(self, username):
        """The person's browser."""
        return self.people.setdefault(username, Person(self.town.url, username, self.on_the_way))

    def together(self, usernames, do):
        """All do the same at once, as members in a hall; returns what each got, by user name."""
        with ThreadPoolExecutor(len(usernames)) as pool:
            return dict(zip(usernames, pool.map(lambda name: do(self.person(name)), usernames), strict=True))


def steps():
    """The thread from its beginning to its end."""
    return [
        Step("all sign in", _sign_in, 1.5),
        Step("a resident writes", _write, 5),
        Step("the clerk sees the application", _registered, 3),
        Step("the head finds the case", _find_case),
        Step("the head names who answers", _assign),
        Step("the employee keeps a draft", _keep_draft),
        Step("the employee lays it before the committee", _propose),
        *_session_steps(COMMITTEE),
        *_session_steps(DOME),
        Step("the chair signs the decision", partial(_sign, who="janis", paper="decision"), 4),
        Step("the secretary draws up the minutes", _draft_minutes),
        Step("the secretary finishes the minutes", _finish_minutes, 3),
        Step("the chair signs the minutes", partial(_sign, who="janis", paper="minutes"), 3),
        Step("the secretary signs the minutes", partial(_sign, who="sarma", paper="minutes"), 2),
        Step("the employee sends the decision", _deliver, 1.5),
        Step("the decision arrives", _arrived, 6),
        Step("the state is told", _told, 1),
    ]


def _session_steps(body):
    def step(name, do, lasts_s=0.25):
        return Step(f"{body}: {name}", partial(do, body=body), lasts_s)

    return [
        step("the secretary plans a session", _plan),
        step("the secretary puts the matter on the agenda", _place),
        step("the secretary invites", _invite, 1),
        step("the members register", _check_in, 0.8),
        step("the chair opens the session", partial(_at_desk, action="/sessions/[^/]+/open")),
        step("the chair opens the matter", partial(_at_desk, action="/matters/[^/]+/open")),
        step("the chair opens the vote", partial(_at_desk, action="/matters/[^/]+/ballots")),
        step("the members vote", _vote, 1),
        step("the members look at their tablets", _look),
        step("the chair closes the vote", partial(_at_desk, action="/ballots/[^/]+/close"), 1),
        step("the chair closes the session", partial(_at_desk, action="/sessions/[^/]+/close")),
    ]


# --- the application ------------------------------------------------------------------------------------------------


def _sign_in(walk):
    walk.together(list(dict.fromkeys(STAFF + COUNCIL)), lambda person: person.sign_in(PASSWORD))


def _write(walk):
    resident = Person(walk.town.sandbox_url, "ilze")
    page = resident.get("/")
    resident.send(
        page,
        page.form("/send"),
        upload=("files", "iesniegums.txt", "text/plain", "Lūdzu iznomāt zemi Upes ielā 7".encode()),
        sender="_PRIVATE@32000000012",
        sender_name="Ilze Avotiņa",
        title=TITLE,
        description="Lūdzu iznomāt zemesgabalu Upmalē.",
        service_code="PA-1001-001",
    )


def _registered(walk):
    walk.person("anna").see("/documents", lambda page: page.first(f'//a[contains(., "{TITLE}")]'))


def _find_case(walk):
    walk.pages["case"] = walk.person("bruno").open_task("/cases/").path.removesuffix("/assign")


def _assign(walk):
    bruno, case = walk.person("bruno"), walk.pages["case"]
    bruno.achieve(
        case,
        lambda page: page.first('//dl[@class="facts"]/dd[contains(., "Līga Ozola")]') is not None,
        lambda page: bruno.send(page, page.form("/assign"), choose=("responsible_id", "Līga Ozola")),
    )


def _keep_draft(walk):
    liga, case = walk.person("liga"), walk.pages["case"]
    text = "Nolemj iznomāt zemesgabalu Upmalē."

    def act(page):
        form = page.form("/prepare")
        form.set("action", form.xpath("string(.//button/@formaction)"))
        return liga.send(page, form, title=TITLE, draft_text=text, committee_id=None)

    liga.achieve(case, lambda page: text in (page.text('//textarea[@name="draft_text"]') or ""), act)


def _propose(walk):
    walk.person("liga").press(walk.pages["case"], "/prepare", choose=("committee_id", COMMITTEE))


# --- a session ------------------------------------------------------------------------------------------------------


def _members(walk, body):
    return list(walk.votes[body])


def _plan(walk, body):
    sarma = walk.person("sarma")

    def planned(page):
        links = page.all('//tr[starts-with(@id, "session-")]//a')
        return next((a.get("href") for a in links if body in a.text_content()), None)

    def act(_page):
        form_page = sarma.get("/council/sessions/new")
        day = date.today() + timedelta(days=7)
        return sarma.send(
            form_page,
            form_page.form("/sessions/new"),
            choose=("body_id", body),
            day=f"{day:%d.%m.%Y}",
            hour="10:00",
            place="Sēžu zāle",
            template=None,
        )

    walk.pages[body], _page = sarma.achieve("/council", planned, act)


def _place(walk, body):
    sarma, session = walk.person("sarma"), walk.pages[body]

    def act(_page):
        pool = sarma.get(f"{session}/pool")
        form = pool.form("/place")
        return None if form is None else sarma.send(pool, form)

    sarma.achieve(session, lambda page: page.first('//li[starts-with(@id, "matter-")]') is not None, act)


def _invite(walk, body):
    walk.person("sarma").press(walk.pages[body], "/invite")


def _check_in(walk, body):
    tablet = f"{walk.pages[body]}/tablet"
    walk.together(_members(walk, body), lambda person: person.press(tablet, "/check-in"))


def _at_desk(walk, body, action):
    walk.person("janis").press(f"{walk.pages[body]}/desk", action)


def _vote(walk, body):
    tablet, choices = f"{walk.pages[body]}/tablet", walk.votes[body]

    def vote(person):
        return person.achieve(
            tablet,
            lambda page: page.text('//div[@class="cn-saved"]'),
            lambda page: person.send(page, page.form("/vote"), choice=choices[person.username]),
        )[0]

    walk.stored[body] = walk.together(_members(walk, body), vote)
    for username, said in walk.stored[body].items():
        assert f"„{CHOICES[choices[username]]}”" in said, (username, choices[username], said)


def _look(walk, body):
    """What a tablet once said to be stored, it says again."""
    tablet = f"{walk.pages[body]}/tablet"
    again = walk.together(
        _members(walk, body), lambda person: person.see(tablet, lambda page: page.text('//div[@class="cn-saved"]'))[0]
    )
    assert again == walk.stored[body]


# --- the papers -----------------------------------------------------------------------------------------------------


def _sign(walk, who, paper):
    person = walk.person(who)
    page = person.open_task("/signing/")
    walk.pages[paper] = page.path

    def act(page):
        form = page.form("/sign")  # not there while the signature is being made
        return None if form is None else person.send(page, form, pin=PIN)

    person.achieve(page.path, lambda page: page.text('//*[@id="signing-panel"]//*[@class="alert alert-success"]'), act)


def _draft_minutes(walk):
    sarma = walk.person("sarma")

    def drafted(page):
        return page.first('//a[starts-with(@href, "/council/minutes/")]/@href')

    walk.pages["text of the minutes"], _page = sarma.achieve(
        walk.pages[DOME], drafted, lambda page: sarma.send(page, page.form("/minutes"))
    )


def _finish_minutes(walk):
    walk.person("sarma").press(walk.pages["text of the minutes"], "/finalise")


def _deliver(walk):
    walk.person("liga").press(walk.pages["case"], "/deliver", granted="yes", confirmed="y")


def _arrived(walk):
    walk.person("liga").see(
        walk.pages["case"], lambda page: "Slēgta" in (page.text('//section[contains(@class, "next-step")]') or "")
    )


def _told(walk):
    def all_sent(page):
        lines = [" ".join(line.text_content().split()) for line in page.all('//*[@id="pspp"]/li')]
        return len(lines) == 3 and all("Nosūtīts" in line for line in lines)

    walk.person("liga").see(walk.pages["case"], all_sent)
