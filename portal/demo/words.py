"""Words of the invented municipality, in the cases in which sentences need them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A place: Ozolpils (nominative), Ozolpilī (locative), Ozolpils (genitive)."""

    nominative: str
    locative: str
    genitive: str


PLACES = tuple(Place(*words) for words in (
    ("Ozolpils", "Ozolpilī", "Ozolpils"), ("Mežvidi", "Mežvidos", "Mežvidu"), ("Upmale", "Upmalē", "Upmales"),
    ("Liepkalns", "Liepkalnā", "Liepkalna"), ("Dzirnavciems", "Dzirnavciemā", "Dzirnavciema"),
    ("Sauliešu pagasts", "Sauliešu pagastā", "Sauliešu pagasta"), ("Akmensgala", "Akmensgalā", "Akmensgalas"),
    ("Vējupe", "Vējupē", "Vējupes"), ("Ezermuiža", "Ezermuižā", "Ezermuižas"), ("Krastiņi", "Krastiņos", "Krastiņu"),
))  # fmt: skip
STREETS = ("Liepu iela", "Skolas iela", "Dzirnavu iela", "Meža iela", "Upes iela", "Stacijas iela", "Ziedu iela",
           "Tirgus laukums", "Baznīcas iela", "Rūpniecības iela", "Ābeļu iela", "Kastaņu aleja")  # fmt: skip
STREETS_LOCATIVE = ("Liepu ielā", "Skolas ielā", "Dzirnavu ielā", "Meža ielā", "Upes ielā", "Stacijas ielā",
                    "Ziedu ielā", "Tirgus laukumā", "Baznīcas ielā", "Rūpniecības ielā", "Ābeļu ielā",
                    "Kastaņu alejā")  # fmt: skip

# given name: nominative, genitive, dative
WOMEN = (("Ilze", "Ilzes", "Ilzei"), ("Inga", "Ingas", "Ingai"), ("Marta", "Martas", "Martai"),
         ("Kristīne", "Kristīnes", "Kristīnei"), ("Zane", "Zanes", "Zanei"), ("Evija", "Evijas", "Evijai"),
         ("Baiba", "Baibas", "Baibai"), ("Gunta", "Guntas", "Guntai"), ("Rasma", "Rasmas", "Rasmai"),
         ("Solvita", "Solvitas", "Solvitai"), ("Vineta", "Vinetas", "Vinetai"), ("Anda", "Andas", "Andai"))  # fmt: skip
MEN = (("Andris", "Andra", "Andrim"), ("Pēteris", "Pētera", "Pēterim"), ("Mārtiņš", "Mārtiņa", "Mārtiņam"),
       ("Juris", "Jura", "Jurim"), ("Kaspars", "Kaspara", "Kasparam"), ("Guntars", "Guntara", "Guntaram"),
       ("Valdis", "Valda", "Valdim"), ("Ivars", "Ivara", "Ivaram"), ("Aigars", "Aigara", "Aigaram"),
       ("Normunds", "Normunda", "Normundam"), ("Raivis", "Raivja", "Raivim"), ("Toms", "Toma", "Tomam"))  # fmt: skip
# family name: feminine nominative, genitive, dative; masculine nominative, genitive, dative
FAMILIES = tuple(zip(
    ("Avotiņa", "Birzniece", "Celmiņa", "Dreimane", "Egle", "Gaile", "Jansone", "Kārkliņa", "Lapsa", "Meldere",
     "Niedre", "Paegle", "Riekstiņa", "Strazdiņa", "Tīruma", "Vanaga", "Zvirbule", "Āboliņa"),
    ("Avotiņas", "Birznieces", "Celmiņas", "Dreimanes", "Egles", "Gailes", "Jansones", "Kārkliņas", "Lapsas",
     "Melderes", "Niedres", "Paegles", "Riekstiņas", "Strazdiņas", "Tīrumas", "Vanagas", "Zvirbules", "Āboliņas"),
    ("Avotiņai", "Birzniecei", "Celmiņai", "Dreimanei", "Eglei", "Gailei", "Jansonei", "Kārkliņai", "Lapsai",
     "Melderei", "Niedrei", "Paeglei", "Riekstiņai", "Strazdiņai", "Tīrumai", "Vanagai", "Zvirbulei", "Āboliņai"),
    ("Avotiņš", "Birznieks", "Celmiņš", "Dreimanis", "Egle", "Gailis", "Jansons", "Kārkliņš", "Lapsa", "Melderis",
     "Niedre", "Paegle", "Riekstiņš", "Strazdiņš", "Tīrums", "Vanags", "Zvirbulis", "Āboliņš"),
    ("Avotiņa", "Birznieka", "Celmiņa", "Dreimaņa", "Egles", "Gaiļa", "Jansona", "Kārkliņa", "Lapsas", "Meldera",
     "Niedres", "Paegles", "Riekstiņa", "Strazdiņa", "Tīruma", "Vanaga", "Zvirbuļa", "Āboliņa"),
    ("Avotiņam", "Birzniekam", "Celmiņam", "Dreimanim", "Eglem", "Gailim", "Jansonam", "Kārkliņam", "Lapsam",
     "Melderim", "Niedrem", "Paeglem", "Riekstiņam", "Strazdiņam", "Tīrumam", "Vanagam", "Zvirbulim", "Āboliņam"),
    strict=True,
))  # fmt: skip

# a thing that people write about: genitive ("par … remontu"), accusative ("par …"), what is wrong with it
THINGS = (
    ("ceļa", "ceļu", "pēc lietavām ceļš ir kļuvis grūti izbraucams, un skolēnu autobuss brauc ar kavēšanos"),
    ("tilta", "tiltu", "tilta margas ir bojātas un nakts laikā apkārtne nav apgaismota"),
    ("ielu apgaismojuma", "ielu apgaismojumu", "vairāki gaismekļi nedeg jau kopš septembra"),
    ("bērnu rotaļu laukuma", "bērnu rotaļu laukumu", "šūpoles ir nolietojušās un smilšu kastei trūkst malas"),
    ("ūdensvada", "ūdensvadu", "ūdens spiediens vakaros ir nepietiekams augšējos stāvos"),
    ("bibliotēkas jumta", "bibliotēkas jumtu", "lietus laikā ūdens nokļūst lasītavā un bojā grāmatas"),
    ("kapsētas žoga", "kapsētas žogu", "žoga posms ir sagāzies un mežacūkas posta apstādījumus"),
    ("sporta zāles grīdas", "sporta zāles grīdu", "grīdas segums ir atlīmējies un treniņi notiek tikai daļā zāles"),
    ("gājēju pārejas", "gājēju pāreju", "pārejas marķējums nav saskatāms un autovadītāji nedod ceļu"),
    ("koku", "kokus", "veco liepu zari apdraud elektrolīnijas un stāvvietu"),
    ("dīķa", "dīķi", "aizsprosts ir izskalots un ūdens līmenis strauji krītas"),
    ("atkritumu laukuma", "atkritumu laukumu", "konteineri ir pārpildīti un vējš iznēsā iepakojumu"),
)
COMPANIES = ("SIA „Vējupes ceļi”", "SIA „Liepkalna siltums”", "AS „Ozolpils ūdens”", "SIA „Trīs priedes”",
             "biedrība „Mežvidu saime”", "SIA „Dzirnavas un dēli”", "kooperatīvs „Upmales piens”",
             "SIA „Saules stari”", "nodibinājums „Krastiņu mantojums”", "SIA „Akmens un koks”")  # fmt: skip
# theirs: of the register's form, but the check digit is wrong, so they belong to nobody
COMPANY_NUMBERS = ("40000000011", "40000000018", "40000000025", "40000000032", "40000000039",
                   "40000000046", "40000000060", "40000000067", "40000000074", "40000000081")  # fmt: skip
REASONS = ("jo budžetā šim mērķim ir atlikuši līdzekļi", "ņemot vērā iedzīvotāju sapulcē pausto viedokli",
           "pamatojoties uz apsekošanas aktu", "tā kā iepriekšējā iepirkumā pretendentu nebija",
           "lai darbus pabeigtu līdz apkures sezonas sākumam", "ievērojot teritorijas plānojumu",
           "jo līguma termiņš beidzas gada nogalē")  # fmt: skip
