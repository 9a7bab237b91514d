"""Council and committees: sessions, agenda, attendance, voting, decisions and minutes (13.1, 13.2, 13.3).

Words: body (dome or komiteja), deputy (deputāts; here always a `member` of a body), session (sēde),
matter (jautājums), draft decision (lēmuma projekts), ballot (balsojums), vote (balss), recusal
(nepiedalīšanās interešu konflikta dēļ), quorum (kvorums), decision (lēmums), minutes (protokols),
extract (izraksts), minute-taker (protokolētājs), presiding chair (sēdes vadītājs).

A member is known by the id of the person. `rules.py` holds the law as pure functions; services keep
the facts and ask the rules; nothing outside this folder decides whether a draft was adopted.
"""
