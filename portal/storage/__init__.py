"""Storage: every file once, encrypted, under the SHA-256 of its plain bytes (14.1); its text (15.1).

Words: *blob* (glabātais fails) the kept bytes; *address* the SHA-256 in hexadecimal; *container* (konteiners) a file
that holds files: ASiC-E, eDoc, BDoc, ZIP, e-mail.
"""
