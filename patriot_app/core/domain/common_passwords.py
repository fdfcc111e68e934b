"""The passwords that everybody tries first, from leaked collections.

Source: the ranked list of 30,000 passwords in zxcvbn 4.5 (MIT licence, github.com/dropbox/zxcvbn).
Kept are those long enough to pass our shortest length, and the words that the shorter ones are
made of, of which a long password must not merely be a variation.
"""

_LONG = """
010203040506 012345678910 014702580369 01telemike01 102030405060 1111111111zz 111222333000
111222333444555 112233445566 122333444455555 123123qweqwe 123321456654 123321qweewq 123456654321
123456782000 1234567887654321 123456789000 12345678900987654321 1234567890987654321 1234567890qaz
1234567890qw 1234567890qwe 1234567890qwerty 1234567890zzz 123456789101 123456789123 1234567892000
12345678987654321 123456789987654321 123456789abc 123456789asd 123456789qaz 123456789qqq
123456789qwe 123456789qwer 123456789qwerty 123456789zxc 1234567qwertyu 123456qwerty 1234qwerasdf
1234qwerasdfzxcv 123qwe456rty 123qweasdzxc 123qwerty123 12qw34er56ty 159753456852 1a2s3d4f5g6h
1q2w3e4r5t6y 1qa2ws3ed4rf 1qa2ws3ed4rf5tg 1qaz2wsx3edc 1qaz2wsx3edc4rfv 1qazxsw23edc
1qazxsw23edcvfr4 23176djivanfros 31217221027711 32615948worms 41d8cd98f00b 4815162342lost
541233432442 59382113kevinp 742617000027 89231243658s 89876065093rax a1s2d3f4g5h6 abc123456789
admin18533362 amadeusptfcor an83546921an13 andrewjackie antananarivu asdfgh123456 asdfghjkl123
auckland2010 avrillavigne bltynbabrfwbz boy4u2ownnyc bpgjldsgjldthnf businessbabe chickenwing101
christopher1 cjdthitycndj combat123654 contortionist corperfmonsy counterstrike devilmaycry4
digitalprodu dkflbvbhjdbx dkflbvbhjdyf domainlock2005 finalfantasy fkmnthyfnbdf fktrcfylhjdbx
fktrcfylhjdf fktrcfylhjdyf flvbybcnhfnjh frederiksberg fucktheworld fuckyoubitch fynfyfyfhbde
gfhjkmgfhjkm ghbdtnghbdtn ghbdtnrfrltkf ghhh47hj7649 ghjcnjgbpltw ghjcnjgfhjkm ghjcnjghjcnj
ghjcnjqgfhjkm ghjcnjrdfibyj ghjnbdjcnjzybt gjkysqgbpltw greenlantern gtnhjpfdjlcr hd764nw5d7e1vb1
hedimaptfcor iampurehaha2 iloveboobies ilovemyfamily ingodwetrust installdevic installsqlst
iseedeadpeople jamesbond007 justinbieber leavemealone lhbjkjubz2957704 lost4815162342
lytghjgtnhjdcr mailcreated5240 maprchem56458 massimiliano masterbaiting masterbating masturbation
maurolarastefy mevefalkcakk michaeljackson minecraft123 minnesota_hp momsanaladventure
morganstanley mortalkombat msorcloledbr needforspeed nemvxyheqdd5oqxyxyzi networkingpe
newproject2004 nhecsyfujkjdt nhfdvfnjkju123 nhfycajhvths nightcrawler nondriversig olcrackmaster
ontheoutside p030710p$e4o paraklast1974 password1234 passwordstandard peanutbutter playstation2
playstation3 polniypizdec0211 polniypizdec110211 pornographic ptybnxtvgbjy punksnotdead
q1w2e3r4t5y6 q1w2e3r4t5y6u7 q1w2e3r4t5y6u7i8 q1w2e3r4t5y6u7i8o9p0 qawsedrftgyh qaz123wsx456
qazwsxedc123 qazwsxedcrfv qazwsxedcrfvtgb qazxswedc123 qazxswedcvfr qwaszxerdfcv qweasdzxc123
qwerasdfzxcv qwertasdfgzxcvb qwerty123456 qwerty123456789 qwertyasdfgh qwertyuiop10 qwertyuiop12
qwertyuiop123 qwertyuiop12345 qwertyytrewq residentevil rfnthbyf1988 sanfrancisco saun24865709
schoolgirlie seemnemaailm sojdlg123aljg sonnenschein sonyericsson specialinsta stickdaddy77
stinkyfinger stratocaster systemofadown temppassword thecakeisalie ticketmaster vanyarespekt
vfhbyfvfhbyf vfrcbvvfrcbv vfvfvskfhfve vladimirovna warhammer40k wazzkaprivet websolutions
websolutionssu webuivalidat weihnachtsbau weihnachtsbaum whosyourdaddy xxxp455w0rd5
z1x2c3v4b5n6m7 zaq1xsw2cde3 zaqwsxcderfv zcfvfzkexifz zqjphsyf6ctifgu zxcasdqwe123 zxcvbn123456
zxcvbnm123456789
"""
_WORDS = """
access accord action adidas admin airborne airplane alabama alaska alexande alexandr alexis alpha
america andrey angel angels animal apollo apple apples arizona arsenal asdasd asdf asdfasdf asdfg
asdfgh asdfghjk asdfghjkl asshole assman austin avalon avatar awesome azerty babygirl badass
badboy badger bambam banana bandit barney baseball bastard batman bear beatles beaver beavis beer
berlin bigboy bigcock bigdaddy bigdick bigdog bigman bigred bigtits billybob birdie bitch bitches
biteme blazer blizzard blowjob blowme blue bollocks bondage boobies booboo boobs booger boogie
boomer boston brandy braves brazil britney bronco broncos brooklyn brutus bubba bubbles buddha
buddy budlight buffalo bulldog bulldogs bullet bullshit buster butter butthead caesar camaro
cameron canada captain cardinal carolina cartman casper cassie celtic champion changeme charlie
cheese chelsea cherokee cherry chester chevelle chevy cheyenne chicago chicken chopper christ
christin chronic cjkysirj classic cocacola cock coffee colorado compaq computer connor cookie
copper corvette cougar cowboy cowboys creative cricket cumshot cunt dakota dallas dancer danger
darkness darkside destiny devils dexter diablo diamond dick dickhead diesel digger digital disney
doctor doggie dolphin dolphins domino donkey dragon dreamer dreams driver drowssap drummer ducati
eagle eagles eclipse einstein electric elephant elizabet eminem empire enigma enter everton
explorer extreme falcon fantasy fender ferrari fire fireman fish fishing fktrcfylh florida flower
fluffy flyers football forest forever freddy freedom freepass freeuser friday froggy fuck fucker
fucking fuckme fuckoff fuckyou fyfcnfcbz fylhtq galina galore gandalf garfield gateway gators
gemini genesis genius gfhjkm ghbdtn giants ginger girls goblue godzilla golden golf golfer goober
google guinness guitar gunner hammer hannah hardcore harley hawaii heaven hello helpme hendrix
hentai hercules hiphop hitman hobbes hockey holiday honda hooters horney horny horse horses
hotdog hotrod hummer hunter iceman iloveyou infinity internet ironman iwantu jackass jaguar
jasmine jasper jester jordan junior jupiter justice juventus karina kawasaki killer kirill kitten
kitty klaster kodiak lacrosse lakers lasvegas leather legend letmein liberty lifehack liverpoo
liverpool lizard logitech london love lovely loveme lover loverboy lovers loveyou lucky maddog
madison madmax madonna maggie magic magnum maksim manutd marina marine marines marlboro marley
maryjane master matrix maverick maximus maxwell mercedes mercury merlin metallic metallica mexico
michigan mickey midnight minecraft mnbvcxz monday money monkey monster montana mookie mother
motorola mountain mozart muffin mustang naruto nascar natasha naughty nemesis newport newyork
nigger nikita nintendo nirvana nissan oksana oliver online orange packers pakistan pandora
pantera panther panthers panties paradise pass passion passport password patches patriots peaches
peanut pearljam peekaboo penguin penis pepper phantom phoenix picard pickle pimpin pirate
platinum playboy player pokemon police polina poohbear pookie poop poopoo popcorn porn porno
porsche predator prince princess private psycho pumpkin purple pussy pussycat qazwsx qazwsxedc
qazxsw qwaszx qweasd qweasdzxc qweqwe qwert qwerty qwertyu qwertyui qwertyuiop rabbit racing
raider raiders rainbow ranger rangers raptor rascal razz reddog redrum redskins redsox redwings
rocket rolltide ronaldo rooster rosebud runner ruslan russia saints samantha samson samsung
sandman saturn scarface scooby scooter scorpio scorpion scotland scotty secret security semperfi
serega sergey sexsex sexy shadow shaggy shelby shithead shorty sierra silver simple simpsons
skipper skippy skyline slayer slipknot slut smokey smooth snickers sniper snoopy snowball soccer
softball sophie spanky sparky speedy spider spiderma spiderman spirit spitfire spooky spring
stalker star stargate startrek starwars steelers stinky stupid sublime success sucker suckit
suckme summer sunshine super superman surfer suzuki svetlana swordfis sydney taurus tennis test
tester testing theman therock thumper thunder tiger tigers tigger tinker titanic tits tomcat
topgun toyota trinity trouble turkey turtle tweety valentin vampire vegeta vfhbyf vfrcbv victory
viking vikings viper vision vladimir voodoo voyager wanker warcraft warrior welcome westside
whatever wildcat wildcats willow windows winner winston winter wizard wolfpack wolverin wombat
xavier yamaha yankee yankees yellow yfnfif zombie zxcvbn zxcvbnm
"""

LONG = frozenset(_LONG.split())
WORDS = frozenset(_WORDS.split())
