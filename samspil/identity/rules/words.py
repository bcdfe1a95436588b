"""Word lists of matching: free mail, role addresses, titles, company forms, nicknames, letters that look alike."""

FREE_MAIL = frozenset(
    "gmail googlemail yahoo ymail hotmail outlook live msn aol icloud mac gmx web mail yandex ya rambler inbox protonmail proton pm"
    " fastmail zoho qq foxmail sina sohu aliyun naver daum hanmail kakao free orange wanadoo laposte sfr libero tiscali virgilio"
    " bigpond optusnet comcast verizon att sbcglobal cox charter earthlink juno btinternet ntlworld t-online freenet arcor online"
    " posteo mailbox riseup disroot tutanota tuta hey duck rocketmail jubii ofir stofanet tdcadsl youmail mailinator users bk list"
    " seznam centrum wp onet interia o2 abv ukr i bluewin hushmail lavabit cock airmail ya telia bredband spray passagen".split()
)
"""Main labels of domains at which anybody may have an address: such a domain is no employer."""

ROLE = frozenset(
    "info support noreply noreplay donotreply reply admin administrator root webmaster postmaster hostmaster abuse sales contact"
    " kontakt service services kundeservice help helpdesk office team mail email hello hi post press presse media marketing news"
    " newsletter billing invoice faktura orders order shop booking jobs job hr career security privacy legal dev devel developer"
    " developers devnull nobody none null unknown test tests build builder buildbot bot robot ci cron daemon mailerdaemon git"
    " github gitlab svn cvs hg jenkins travis dependabot renovate list lists users announce bugs bugzilla patches maintainer"
    " maintainers packages packager pkg release releases system sysadmin www web user me dummy anonymous anon example no"
    " invalid local localhost ubuntu debian vagrant docker pi ec2user runner codespace action actions opensource oss community"
    " webteam software source upstream project staff accounts account payments customerservice customercare enquiries inquiries"
    " mailman sourceforge apache nginx oracle postgres mysql server client guest demo work home personal self name yourname you"
    " myname firstname lastname first last main master default githubactions".split()
)
"""Names of addresses and accounts that several people answer, or none: they never match by themselves."""

SOFT_ROLE = frozenset(
    "me mail email git github gitlab hello hi dev devel developer home work personal self root contact kontakt admin user users ubuntu"
    " debian pi vagrant docker list lists www web svn code name my first last main opensource oss source software system test".split()
)
"""Of these the ones that people also use for themselves: beside a person's full name they are no role, and say nothing."""

BOTS = ("bot", "automation", "automated", "actions", "jenkins", "noreply", "dependabot", "renovate", "importer", "mirror")
"""A display name with one of these words, or a user name that ends so, is a machine's."""

TITLES = frozenset(
    "mr mrs ms miss dr prof professor sir dame lord lady rev hr fru ing dipl mag phd msc bsc mba md jr sr ii iii iv esq eng"
    " herr frau dott doc the".split()
)
COMPANY_FORMS = frozenset(
    "inc incorporated llc ltd limited gmbh ag as aps a/s ab oy oyj sa sas sarl srl spa bv nv plc pty corp corporation co company kg"
    " holding group the of and og und".split()
)
SECOND_LEVEL = frozenset("co com ac org gov edu net or ne go gob nom mil sch govt asn id in".split())

NICKNAMES = (
    "william will bill billy willy willie liam wim willem wilhelm guillaume; robert rob bob bobby robbie bert roberto;"
    " richard rick rich dick ricky richie ricardo; james jim jimmy jamie jaime; john jon johnny jack johan jonny johnathan;"
    " jonathan jonathon; michael mike mick mickey michel mikael mikkel micheal mikhail michal misha miguel michele;"
    " thomas tom tommy tomas; christopher chris christoph kris christophe cristopher kristoffer; christian kristian cristian;"
    " joseph joe joey jose josef jos giuseppe; daniel dan danny daniele daniil; david dave davey davide davy;"
    " anthony tony antony anton antonio antoine; andrew andy drew andreas andre andrei andrey andrea andres anders;"
    " matthew matt matthias mathias mat matthieu mathieu matteo matthijs; nicholas nick nicolas nicky niko nikolas nikolai nikolay"
    " nico klaus niklas; steven steve stephen stefan stephan stefano stephane esteban; edward ed eddie ted eduardo edouard ned;"
    " alexander alex sasha alexandre alessandro aleksandr alexandr aleksander alec xander alexey aleksey alexei alejandro;"
    " benjamin ben benny; samuel sam sammy; gregory greg gregor grzegorz gregorio; jeffrey jeff geoff geoffrey jeffery;"
    " kenneth ken kenny; peter pete pierre pietro pedro piotr petr pyotr peder; paul paulo pablo paolo pavel pawel;"
    " philip phil philipp philippe phillip filip felipe; patrick pat paddy patrik; timothy tim timo; vincent vince vincenzo;"
    " zachary zach zack zak; jacob jake jakob jacques jakub; joshua josh; nathaniel nathan nate nat; ronald ron ronnie;"
    " raymond ray; frederick fred freddy frederik frederic fredrik friedrich federico; francis frank francisco francesco franz"
    " francois franck; charles charlie chuck carlos karl carl carlo karel; george jorge georg georges giorgio georgy yuri yury"
    " jurgen jorgen goran; henry harry hank henri hendrik heinrich henrik enrique hal; lawrence larry laurence laurent lars lorenzo"
    " laurids; leonard leo len lenny leonardo leon; louis lou luis ludwig luigi lewis; martin marty martijn marten morten;"
    " maximilian max maxim maxime massimo; oliver ollie olivier; sebastian seb sebastien bastian; simon simone; stanley stan"
    " stanislav stanislaw; theodore theo ted teddy; walter walt wally; donald don donnie; douglas doug; eugene gene evgeny evgeniy"
    " yevgeny eugenio; gerald gerry jerry gerard gerhard; harold hal harry harald; arthur art artur arturo; albert al bert alberto;"
    " alan allan allen alain al; alfred alf fred alfredo; bernard bernie bernhard bernd; bradley brad; cameron cam; clifford cliff;"
    " dennis denis denny; dominic dom dominik dominique; dmitry dmitri dmitriy dima dimitri; sergey sergei serge sergio serhiy;"
    " vladimir vlad volodymyr vova; ivan vanya; igor ihor; konstantin kostya constantin; mikhail misha; roman; maria mary marie"
    " mariya masha; elizabeth liz beth lisa betty eliza elisabeth lizzie liza elise elsa elspeth lise; katherine kate kathy katie"
    " catherine cathy kathryn katarina katja ekaterina katrine kit kitty; margaret maggie meg peggy marge greta margrethe margit;"
    " susan sue susie suzanne susanne susanna; jennifer jen jenny; jessica jess jessie; rebecca becky becca; deborah deb debbie;"
    " patricia pat patty trish tricia; barbara barb; christine chris christina tina kristina kristin kirsten stine; victoria vicky"
    " vicki tori; alexandra alex sasha sandra; samantha sam; amanda mandy; angela angie; ann anne anna annie hannah anja ane;"
    " caroline carol carolyn karoline; charlotte lotte charlie; dorothy dot dolly dora; eleanor ellie nell helen ellen elena helene"
    " yelena; emily em emma emilie; frances fran fanny francesca; jacqueline jackie; judith judy jude; julia julie juliet yulia;"
    " laura laurie; natalie nat natalia natalya natasha; nicole nicky nikki; olivia liv livia; pamela pam; sarah sara sally sadie;"
    " sophia sophie sofia sofie; stephanie steph stefanie; theresa terry teresa tess therese; valerie val; veronica vera ronnie;"
    " abigail abby gail; joanna jo joan joanne johanna jane jean janet; soren soeren; jens; jorgen; mads; rasmus; kasper casper"
    " jesper; niels nils; ole ola; pelle per; hans johannes; ulrich uli ulrik; wolfgang wolf; joachim jochen achim; dieter; heinz;"
    " rainer reiner; jan jann; mohammed mohamed muhammad mohammad mohd md ahmed ahmad; yusuf yousef youssef; wojciech wojtek;"
    " tomasz tomek; krzysztof krzys; lukasz lukas lucas luke luc luca; marek mark marc marco marcus markus marcos; filippo;"
    " ignacio nacho; guillermo memo; abraham abe; arnold arnie; calvin cal; clarence; curtis curt kurt; edgar; edmund ed; elijah eli;"
    " ernest ernie ernst; gabriel gabe; gilbert gil bert; herbert herb bert; hubert; isaac ike; jeremy jerry jeremiah; julian jules;"
    " leslie les; lester; lloyd; malcolm mal; marvin marv; maurice mo morris; melvin mel; mitchell mitch; morgan; norman norm;"
    " percy percival; ralph; randall randy randolph; reginald reg reggie; rodney rod; roger rog rodger; rudolf rudy rolf; russell russ;"
    " seymour; sidney sid sydney; solomon sol; spencer; stuart stu stewart; sylvester; terence terry terrence; tobias toby;"
    " tyler ty; vernon vern; wesley wes; winston"
)


def _roots() -> dict[str, str]:
    # Only a word of one group has a root: "alex" may be two people's, so what stands in two groups keeps the first.
    found: dict[str, str] = {}
    for group in NICKNAMES.split(";"):
        first, *others = group.split()
        for word in (first, *others):
            found.setdefault(word, found.get(first, first))
    return found


ROOT = _roots()
"""Given name to the name it is short for, or another language's form of; a name that is not here is its own root."""

CYRILLIC = dict(
    zip(
        "абвгдезийклмнопрстуфхцыэіїєґўјљњћђџ",
        "a b v g d e z i i k l m n o p r s t u f kh ts y e i i e g u j lj nj c dj dz".split(),
        strict=True,
    )
) | {"ж": "zh", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ь": "", "ю": "yu", "я": "ya", "ё": "e"}
GREEK = dict(zip("αβγδεζηθικλμνξοπρσςτυφχψω", "a v g d e z i th i k l m n x o p r s s t y f ch ps o".split(), strict=True))
PLAIN = str.maketrans(CYRILLIC | GREEK | {"ı": "i", "đ": "d", "ħ": "h", "œ": "oe"})

LOOKS_LATIN = frozenset("аеорсухіѕјһԁԛԝвнкмтαονρτυικγ")
"""Cyrillic and Greek letters that look like Latin ones (Unicode TR 39, the frequent ones)."""

SKELETON = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "3": "e", "4": "a", "7": "t", "8": "b"})
"""What a digit looks like, so that paypa1 and paypal have one skeleton."""
