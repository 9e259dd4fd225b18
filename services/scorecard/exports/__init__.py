"""Results as files: tables for people, an open data package for everybody, data values for DHIS2."""
