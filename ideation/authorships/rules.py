# Institutions that wrote one item together.
INSTITUTIONS_MAX = 10
