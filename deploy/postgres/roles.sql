-- One role and one schema per service, named as the service; run by a superuser in the database "isaf".
-- It may be run again at any time. A password is set only where the environment carries one
-- (ISAF_DB_PASSWORD_<SERVICE>): on one machine the socket's directory is the lock, over TCP it is the password.
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;

REVOKE ALL ON DATABASE isaf FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;

SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', service)
FROM unnest(ARRAY['registry', 'scorecard', 'jaap', 'budget', 'notify']) AS service
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = service)
\gexec

SELECT unnest(ARRAY[
    format('GRANT CONNECT, TEMPORARY ON DATABASE isaf TO %I', service),
    format('CREATE SCHEMA IF NOT EXISTS %1$I AUTHORIZATION %1$I', service),
    format('REVOKE ALL ON SCHEMA %I FROM PUBLIC', service),
    format('ALTER ROLE %1$I IN DATABASE isaf SET search_path = %1$I', service)])
FROM unnest(ARRAY['registry', 'scorecard', 'jaap', 'budget', 'notify']) AS service
\gexec

\getenv password ISAF_DB_PASSWORD_REGISTRY
\if :{?password}
ALTER ROLE registry PASSWORD :'password';
\unset password
\endif
\getenv password ISAF_DB_PASSWORD_SCORECARD
\if :{?password}
ALTER ROLE scorecard PASSWORD :'password';
\unset password
\endif
\getenv password ISAF_DB_PASSWORD_JAAP
\if :{?password}
ALTER ROLE jaap PASSWORD :'password';
\unset password
\endif
\getenv password ISAF_DB_PASSWORD_BUDGET
\if :{?password}
ALTER ROLE budget PASSWORD :'password';
\unset password
\endif
\getenv password ISAF_DB_PASSWORD_NOTIFY
\if :{?password}
ALTER ROLE notify PASSWORD :'password';
\unset password
\endif
