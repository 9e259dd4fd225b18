"""A pack as a poster to print: a PDF in A3 or A4, in Khmer or English, one at a time or for a whole area."""
