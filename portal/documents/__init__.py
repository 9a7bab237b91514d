"""Documents: registers with numbers, documents with terms and states, their files (12.1, 12.2, 14.2, 15.1).

Words: *register* (reģistrs), *document* (dokuments), *application* (iesniegums), *decision* (lēmums), *minutes*
(protokols), *extract* (izraksts), *summary* (saturs), *annul* (anulēt), *container* (parakstīts konteiners: ASiC-E,
eDoc), *original* a file as it came, *copy* one derived from it, *responsible* (atbildīgais).
"""
