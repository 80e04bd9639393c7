"""The most common passwords of eight characters or more, as leaks show them year after year.

Shorter ones are refused for their length. Written in lower case: they are compared case-folded.
"""

from __future__ import annotations

_WORDS = """
password password1 password12 password123 password1234 password! password1! passw0rd p@ssw0rd p@ssword
p@ssw0rd1 pa$$word passwort passwort1 passwort123 kennwort geheim123 hallo123 hallohallo willkommen
willkommen1 schatzi123 passwordpassword mypassword newpassword changeme changeme1 changeme123 letmein1
letmein123 welcome1 welcome12 welcome123 welcome1! iloveyou iloveyou1 iloveyou2 trustno1 sunshine
sunshine1 princess princess1 football football1 baseball baseball1 superman superman1 batman123 starwars
starwars1 spiderman pokemon1 minecraft fortnite liverpool liverpool1 chelsea1 arsenal1 manchester
barcelona realmadrid juventus bundesliga michelle jennifer jessica1 jonathan samantha elizabeth
alexander christian victoria caroline nicholas charlotte computer computer1 internet internet1 whatever
mustang1 corvette mercedes porsche1 ferrari1 harley123 marlboro1 chocolate butterfly blink182 metallica
slipknot nirvana1 rockyou1 monkey123 dragon123 shadow123 master123 killer123 hunter123 hunter22
tigger123 summer123 winter123 spring123 autumn123 summer2024 summer2025 summer2026 winter2024 winter2025
winter2026 sommer2025 sommer2026 love1234 hello123 hello1234 helloworld test1234 test12345 testtest
testing1 testing123 demo1234 guest123 user1234 admin123 admin1234 admin12345 administrator adminadmin
root1234 rootroot toor1234 secret123 secret12 topsecret default1 access14 login123 server123 system32
qwertyui qwertyuiop qwerty12 qwerty123 qwerty1234 qwerty12345 qwerty123456 qwertz123 qwertzui qwertzuiop
azertyuiop qwer1234 qwerasdf asdfghjk asdfghjkl asdf1234 asdfasdf zxcvbnm1 zxcvbnm123 zaq12wsx zaq1zaq1
1qaz2wsx 1qaz2wsx3edc 1qazxsw2 qazwsx123 qazwsxedc q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6 1q2w3e4r 1q2w3e4r5t
1q2w3e4r5t6y a1b2c3d4 a1s2d3f4 abcd1234 abc12345 abc123456 abcdefgh abcdefghi aa123456 aa12345678
a1234567 a12345678 a123456789 1234567a 12345678a 123456789a 123456789q 12341234 12344321 12345678
123456789 1234567890 12345678910 123456789012 0123456789 01234567 87654321 876543210 987654321
9876543210 0987654321 098765432 123123123 123321123 321321321 112233445566 11223344 1122334455 11112222
12121212 123454321 123443211234 147258369 159357456 159753456 741852963 789456123 456789123 963852741
135792468 246813579 31415926 20202020 19871987 19901990 20012001 1234qwer 123qweasd 123qweasdzxc
1234abcd 123abc123 tradewind tradewind1 tradewind123
"""
COMMON_PASSWORDS: frozenset[str] = frozenset(_WORDS.split())
